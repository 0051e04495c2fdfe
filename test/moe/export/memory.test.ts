/** Memory while exporting, in a process of its own: never a whole tensor, however large it is. */
import { execFileSync } from "node:child_process";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { layoutSafetensors } from "../../../src/moe/formats/safetensors/writer.ts";
import { withFolder } from "../formats/temporaryFolder.ts";

const PROBE = fileURLToPath(new URL("memoryProbe.ts", import.meta.url));
const MIB = 1024 * 1024;
const HIDDEN = 256;
const VOCABULARY = 98_304;

/** A Mixtral of one layer whose embedding takes 96 MiB in float32. */
const CONFIG = {
  architectures: ["MixtralForCausalLM"],
  vocab_size: VOCABULARY,
  hidden_size: HIDDEN,
  intermediate_size: HIDDEN,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 2,
  num_local_experts: 2,
  num_experts_per_tok: 1,
  tie_word_embeddings: true,
};

function tensors() {
  const layer = "model.layers.0";
  const square = (name: string) => ({
    name: `${layer}.${name}.weight`,
    dtype: "F32" as const,
    shape: [HIDDEN, HIDDEN],
  });
  const norm = (name: string) => ({ name, dtype: "F32" as const, shape: [HIDDEN] });
  return [
    { name: "model.embed_tokens.weight", dtype: "F32" as const, shape: [VOCABULARY, HIDDEN] },
    ...["q", "k", "v", "o"].map((name) => square(`self_attn.${name}_proj`)),
    ...[0, 1].flatMap((expert) =>
      ["w1", "w2", "w3"].map((name) => square(`block_sparse_moe.experts.${expert}.${name}`)),
    ),
    { name: `${layer}.block_sparse_moe.gate.weight`, dtype: "F32" as const, shape: [2, HIDDEN] },
    norm(`${layer}.input_layernorm.weight`),
    norm(`${layer}.post_attention_layernorm.weight`),
    norm("model.norm.weight"),
  ];
}

test("an embedding of 96 MiB is exported to GGUF and to safetensors in less than 48 MiB", async () => {
  await withFolder(async (folder) => {
    const { header, fileBytes } = layoutSafetensors(tensors());
    const file = await open(join(folder, "model.safetensors"), "w");
    await file.write(header);
    await file.truncate(fileBytes);
    await file.close();
    await writeFile(join(folder, "config.json"), JSON.stringify(CONFIG));
    const output = execFileSync(process.execPath, ["--expose-gc", PROBE, folder], { encoding: "utf8" });
    const { grownBytes } = JSON.parse(output) as { grownBytes: number };
    expect(grownBytes).toBeLessThan(48 * MIB);
  });
});
