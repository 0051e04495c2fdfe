/** Checkpoint folders as they lie on users' disks. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderSlotSource } from "../../src/moe/folderSource.ts";
import { readSlotParts } from "../../src/moe/slotSource.ts";
import { modelFiles } from "../../src/node/publish/modelFiles.ts";
import { exportFixture } from "./export/ggufExport.ts";

const CHECKPOINT = join(import.meta.dirname, "../fixtures/checkpoints/mixtral");

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ai-block-folder-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** As the Hugging Face cache keeps a model: contents by their hash, and a snapshot that is nothing but links to them. */
function asCache(): string {
  const snapshot = join(root, "models--someone--mixtral/snapshots/0123456789abcdef");
  const blobs = join(root, "models--someone--mixtral/blobs");
  mkdirSync(snapshot, { recursive: true });
  mkdirSync(blobs);
  for (const name of readdirSync(CHECKPOINT)) {
    const bytes = readFileSync(join(CHECKPOINT, name));
    const blob = createHash("sha256").update(bytes).digest("hex");
    writeFileSync(join(blobs, blob), bytes);
    symlinkSync(join("../../blobs", blob), join(snapshot, name));
  }
  return snapshot;
}

test("a folder of links is read like the files behind them, when links are to be followed", async () => {
  const snapshot = asCache();
  // Something else that the cache may hold.
  symlinkSync("nowhere", join(snapshot, "README.md"));
  const linked = await folderSlotSource(snapshot, { followLinks: true });
  const plain = await folderSlotSource(CHECKPOINT);
  try {
    expect(linked.config).toEqual(plain.config);
    for (const slot of ["embedding", "layer1.expert2"]) {
      expect(await readSlotParts(linked, slot)).toEqual(await readSlotParts(plain, slot));
    }
  } finally {
    await linked.close();
    await plain.close();
  }
});

test("unless they are to be followed, links are refused: of the config and of the weights", async () => {
  await expect(folderSlotSource(asCache())).rejects.toMatchObject({ code: "file_is_link" });
  const folder = join(root, "half");
  mkdirSync(folder);
  writeFileSync(join(folder, "config.json"), readFileSync(join(CHECKPOINT, "config.json")));
  symlinkSync(join(CHECKPOINT, "model.safetensors"), join(folder, "model.safetensors"));
  await expect(folderSlotSource(folder)).rejects.toMatchObject({ code: "file_is_link" });
});

test("a link that changes its target is another state of the model", async () => {
  const versionOf = async (): Promise<string | undefined> => {
    const source = await folderSlotSource(snapshot, { followLinks: true });
    await source.close();
    return source.slots.get("embedding")?.version;
  };
  const snapshot = asCache();
  const before = await versionOf();
  expect(await versionOf()).toBe(before);
  const copy = join(root, "copy");
  writeFileSync(copy, readFileSync(join(CHECKPOINT, "model.safetensors")));
  rmSync(join(snapshot, "model.safetensors"));
  symlinkSync(copy, join(snapshot, "model.safetensors"));
  expect(await versionOf()).not.toBe(before);
});

test("an aborted signal ends the opening", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(folderSlotSource(CHECKPOINT, { signal })).rejects.toThrow("enough");
});

const BESIDE_GGUF: readonly (readonly [string, string])[] = [
  ["only a type", '{"model_type":"mixtral"}'],
  ["another model", readFileSync(join(CHECKPOINT, "../olmoe/config.json"), "utf8")],
  ["no JSON", "{"],
];

test.each(BESIDE_GGUF)("a GGUF file's own metadata win over a config.json beside it: %s", async (_what, text) => {
  const file = join(root, "model.gguf");
  await exportFixture("mixtral", file, { type: "f16", allowDifferences: true });
  const own = await folderSlotSource(file);
  writeFileSync(join(root, "config.json"), text);
  const beside = await folderSlotSource(root);
  try {
    expect(beside.config).toEqual(own.config);
    expect(beside.spec).toEqual(own.spec);
    // What the chain gets, with a tokenizer from the file or from beside it.
    for (const name of ["", "tokenizer.json"]) {
      if (name !== "") writeFileSync(join(root, name), readFileSync(join(CHECKPOINT, name)));
      const files = await modelFiles(root, beside.config, new AbortController().signal);
      expect(JSON.parse(Buffer.from(files.get("config.json")!).toString())).toEqual(own.config);
    }
  } finally {
    await beside.close();
    await own.close();
  }
});

test("a config.json that cannot be used is still refused beside other weights", async () => {
  writeFileSync(join(root, "model.safetensors"), readFileSync(join(CHECKPOINT, "model.safetensors")));
  writeFileSync(join(root, "config.json"), '{"model_type":"mixtral","num_local_experts":-1}');
  await expect(folderSlotSource(root)).rejects.toMatchObject({ code: expect.stringMatching(/^config_/) });
});
