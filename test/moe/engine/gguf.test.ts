/** GGUF files: exported, opened again, and computed as the checkpoint they came from. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine, type TraceEvent } from "../../../src/moe/engine/engine.ts";
import { exportGguf } from "../../../src/moe/export/gguf/exportGguf.ts";
import { folderSlotSource } from "../../../src/moe/folderSource.ts";
import { openCheckpoint } from "../../../src/moe/formats/checkpoint.ts";
import { parseConfigText } from "../../../src/moe/model/parseConfig.ts";
import { CHECKPOINTS, difference, readReference } from "./support.ts";

const NAMES = [
  "mixtral",
  "mixtral-f16",
  "olmoe",
  "qwen2moe",
  "qwen3moe",
  "deepseek_v2-group",
  "deepseek_v3",
  "gpt_oss",
  "gpt_oss-mxfp4",
  "granitemoe",
];

const folder = mkdtempSync(join(tmpdir(), "gguf-"));
afterAll(() => rmSync(folder, { recursive: true }));

for (const name of NAMES) {
  test(`${name}: logits from its GGUF file are the reference library's`, async () => {
    const path = join(folder, `${name}.gguf`);
    const checkpoint = await openCheckpoint(join(CHECKPOINTS, name));
    const config = parseConfigText(readFileSync(join(CHECKPOINTS, name, "config.json"), "utf8"));
    await exportGguf(checkpoint, config, undefined, path, { type: "f32", allowDifferences: true });
    await checkpoint.close();

    const source = await folderSlotSource(path);
    const engine = await createEngine({ source });
    for (const { input_ids, logits_last } of readReference(name).prompts) {
      let last: TraceEvent | undefined;
      for await (const event of engine.generate({ ids: input_ids, maxTokens: 0, trace: true })) {
        if (event.type === "trace") last = event;
      }
      expect(difference(last?.logits as Float32Array, logits_last)).toBeLessThan(1e-3);
    }
    await engine.close();
    await source.close();
  });
}
