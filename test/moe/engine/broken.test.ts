/** Broken checkpoints: each is refused with a stable code, quickly, and nothing in it is run. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TraceEvent } from "../../../src/moe/engine/engine.ts";
import { folderSlotSource } from "../../../src/moe/folderSource.ts";
import { processorMs, QUICK_MS } from "../formats/processorTime.ts";
import { CHECKPOINTS, difference, greedy, withEngine } from "./support.ts";

const BAD = join(CHECKPOINTS, "bad");

const CODES: ReadonlyMap<string, string> = new Map([
  ["truncated-data", "tensor_offsets_invalid"],
  ["header-length-past-eof", "file_truncated"],
  ["header-not-json", "header_invalid"],
  ["overlapping-offsets", "tensor_offsets_invalid"],
  ["offsets-past-end", "tensor_offsets_invalid"],
  ["wrong-dtype-size", "tensor_size_mismatch"],
  ["empty-file", "file_truncated"],
  ["lfs-pointer", "file_is_lfs_pointer"],
  ["missing-expert", "tensor_missing"],
  ["shape-mismatch", "tensor_shape_mismatch"],
  ["nan-weights", "tensor_not_finite"],
  ["config-missing-num-experts", "tensor_shape_mismatch"],
  ["config-topk-too-large", "config_invalid"],
  ["config-unknown-architecture", "architecture_unsupported"],
  ["index-missing-shard", "shard_missing"],
  ["index-path-traversal", "shard_name_invalid"],
  ["pickle-code", "pickle_forbidden"],
  ["pickle-truncated", "zip_invalid"],
  ["pickle-short-storage", "tensor_data_invalid"],
  ["no-weights", "weights_missing"],
]);

test("every broken folder has a code", () => {
  const folders = readdirSync(BAD, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).toSorted()).toEqual([...CODES.keys(), "control"].toSorted());
});

for (const [name, code] of CODES) {
  test(`${name} is refused with ${code}`, async () => {
    const before = readdirSync(join(BAD, name));
    const started = process.cpuUsage();
    await expect(folderSlotSource(join(BAD, name))).rejects.toMatchObject({ code });
    expect(processorMs(started)).toBeLessThan(QUICK_MS);
    expect(readdirSync(join(BAD, name))).toEqual(before);
    expect(existsSync("pwned")).toBe(false);
  });
}

test("the errors of configs name the field, those of tensors the tensor", async () => {
  await expect(folderSlotSource(join(BAD, "config-topk-too-large"))).rejects.toMatchObject({
    data: { field: "num_experts_per_tok" },
  });
  await expect(folderSlotSource(join(BAD, "config-unknown-architecture"))).rejects.toMatchObject({
    data: { field: "architectures" },
  });
  await expect(folderSlotSource(join(BAD, "missing-expert"))).rejects.toMatchObject({
    data: { slot: "layer1.expert3", tensor: "model.layers.1.block_sparse_moe.experts.3.w2.weight" },
  });
  await expect(folderSlotSource(join(BAD, "shape-mismatch"))).rejects.toMatchObject({
    data: { tensor: "model.layers.1.block_sparse_moe.experts.3.w2.weight" },
  });
});

interface ControlReference {
  readonly input_ids: readonly number[];
  readonly logits_last: readonly number[];
  readonly greedy_ids: readonly number[];
}

test("the valid folder that the broken ones were made from gives the reference logits and tokens", async () => {
  const reference = JSON.parse(readFileSync(join(BAD, "control", "reference.json"), "utf8")) as ControlReference;
  const { input_ids, logits_last, greedy_ids } = reference;
  await withEngine("bad/control", {}, async (engine) => {
    const traced: TraceEvent[] = [];
    for await (const event of engine.generate({ ids: input_ids, maxTokens: 0, trace: true })) {
      if (event.type === "trace") traced.push(event);
    }
    expect(difference(traced.at(-1)?.logits as Float32Array, logits_last)).toBeLessThan(1e-3);
    expect(await greedy(engine, input_ids, greedy_ids.length)).toEqual(greedy_ids);
  });
});
