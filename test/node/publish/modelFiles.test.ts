import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { folderSlotSource } from "../../../src/moe/folderSource.ts";
import { modelFiles } from "../../../src/node/publish/modelFiles.ts";

const OLMOE = join(import.meta.dirname, "../../fixtures/checkpoints/olmoe");
const { signal } = new AbortController();

test("a folder's config goes into the manifest byte for byte", async () => {
  const source = await folderSlotSource(OLMOE);
  const files = await modelFiles(OLMOE, source.config, signal);
  expect(Buffer.from(files.get("config.json") as Uint8Array)).toEqual(await readFile(join(OLMOE, "config.json")));
  await source.close();
});

test("a config that the weights corrected goes into the manifest as corrected", async () => {
  const source = await folderSlotSource(OLMOE);
  const corrected = { ...source.config, tie_word_embeddings: null };
  const files = await modelFiles(OLMOE, corrected, signal);
  expect(JSON.parse(Buffer.from(files.get("config.json") as Uint8Array).toString("utf8"))).toEqual(corrected);
  await source.close();
});
