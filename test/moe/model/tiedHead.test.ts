/** Heads that the config calls tied and the weights do not. */
import { readFileSync } from "node:fs";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type FolderSource, folderSlotSource } from "../../../src/moe/folderSource.ts";
import { openCheckpoint } from "../../../src/moe/formats/checkpoint.ts";
import { encodeSafetensors } from "../../../src/moe/formats/safetensors/writer.ts";
import { withFolder } from "../formats/temporaryFolder.ts";

const GOLD = join(import.meta.dirname, "../../fixtures/checkpoints/mixtral-bf16");

/** The gold checkpoint with a head of its own, opened. */
async function withHead(
  head: (embedding: Uint8Array) => Uint8Array,
  use: (source: FolderSource) => void,
): Promise<void> {
  const gold = await openCheckpoint(GOLD);
  const tensors = await Promise.all(
    [...gold.tensors.values()].map(async ({ name, dtype, shape }) => ({
      name,
      dtype,
      shape,
      bytes: await gold.read(name),
    })),
  );
  await gold.close();
  const embedding = tensors.find(({ name }) => name === "model.embed_tokens.weight");
  if (embedding === undefined) throw new Error("no embedding");
  await withFolder(async (folder) => {
    const all = [...tensors, { ...embedding, name: "lm_head.weight", bytes: head(embedding.bytes) }];
    await writeFile(join(folder, "model.safetensors"), encodeSafetensors(all));
    await copyFile(join(GOLD, "config.json"), join(folder, "config.json"));
    const source = await folderSlotSource(folder);
    try {
      use(source);
    } finally {
      await source.close();
    }
  });
}

test("the gold config ties its head", () => {
  expect(JSON.parse(readFileSync(join(GOLD, "config.json"), "utf8"))).toMatchObject({ tie_word_embeddings: true });
});

test("a head with the embedding's values stays tied", async () => {
  await withHead(
    (embedding) => embedding,
    ({ spec, ignoredTensors }) => {
      expect(spec.tiedEmbeddings).toBe(true);
      expect(ignoredTensors).toEqual(["lm_head.weight"]);
    },
  );
});

test("a head that differs in one value is a matrix of its own, and the config says so from then on", async () => {
  await withHead(
    (embedding) => Uint8Array.from(embedding, (byte, i) => (i === embedding.length - 2 ? byte ^ 1 : byte)),
    ({ spec, config, slots, ignoredTensors }) => {
      expect(spec.tiedEmbeddings).toBe(false);
      expect(config.tie_word_embeddings).toBe(false);
      expect(ignoredTensors).toEqual([]);
      const names = slots.get("head")?.parts.flatMap(({ tensors }) => tensors.map(({ name }) => name));
      expect(names).toEqual(["model.norm.weight", "lm_head.weight"]);
    },
  );
});
