/**
 * Whether a head that the config calls tied really is the embedding.
 *
 * As in the reference library (5.x) the weights have the last word: a file that holds both matrices, with different
 * values, has two. PyTorch files hold a tied matrix under both names.
 */
import type { ReadOptions, TensorSource } from "../tensor.ts";
import { type ModelConfig, parseConfig } from "./parseConfig.ts";

const HEAD = "lm_head.weight";
const EMBEDDINGS = ["model.embed_tokens.weight", "embed_tokens.weight"];
const CHUNK_BYTES = 4 * 1024 * 1024;

/** `config`, with `tie_word_embeddings: false` where the weights say so. Reads both matrices when there are two. */
export async function settleHead(
  config: ModelConfig,
  source: TensorSource,
  options: ReadOptions = {},
): Promise<ModelConfig> {
  const embedding = EMBEDDINGS.find((name) => source.tensors.has(name));
  if (embedding === undefined || !source.tensors.has(HEAD) || !parseConfig(config).tiedEmbeddings) return config;
  if (await sameTensors(source, embedding, HEAD, options)) return config;
  return { ...config, tie_word_embeddings: false };
}

async function sameTensors(source: TensorSource, a: string, b: string, options: ReadOptions): Promise<boolean> {
  const [first, second] = [source.tensors.get(a), source.tensors.get(b)];
  const { byteLength } = first ?? { byteLength: 0 };
  if (first?.dtype !== second?.dtype || byteLength !== second?.byteLength) return false;
  for (let at = 0; at < byteLength; at += CHUNK_BYTES) {
    const size = Math.min(CHUNK_BYTES, byteLength - at);
    const left = await source.readRange(a, at, size, options);
    const right = await source.readRange(b, at, size, options);
    if (Buffer.compare(left, right) !== 0) return false;
  }
  return true;
}
