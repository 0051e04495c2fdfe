/**
 * Writes a synthetic checkpoint straight to a GGUF file, version 3, without ever holding it.
 *
 * For shapes whose f16 form would not fit on the machine; smaller ones go through the project's own export.
 * Layout: magic, version, tensor count, metadata count, metadata, tensor table, padding, tensor data; every tensor
 * starts at a multiple of 32 bytes. Experts of a layer are one three-dimensional tensor.
 */
import { open } from "node:fs/promises";
import type { SyntheticShape } from "./shapes.ts";
import { MERGES, SPECIAL_TOKENS, vocabularyOf } from "./tokenizer.ts";
import { BLOCK_BYTES, BLOCK_VALUES, type Encoding, weightBytes } from "./weights.ts";

const ALIGNMENT = 32;
const WRITE_BYTES = 8 << 20;
const TENSOR_TYPE: Readonly<Record<Encoding, number>> = { f32: 0, f16: 1, q4_0: 2, q8_0: 8, bf16: 30 };
const FILE_TYPE: Readonly<Record<Encoding, number>> = { f32: 0, f16: 1, q4_0: 2, q8_0: 7, bf16: 32 };

/** One tensor of the file: the checkpoint tensors whose values stand in it one after the other. */
interface GgufTensor {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly encoding: Encoding;
  readonly parts: readonly string[];
  readonly ones: boolean;
}

/** Writes `file`; every matrix but the router is in `encoding`. */
export async function writeSyntheticGguf(shape: SyntheticShape, encoding: Encoding, file: string): Promise<void> {
  const tensors = ggufTensors(shape, encoding);
  const head: Buffer[] = [];
  const metadata = metadataOf(shape, encoding);
  head.push(Buffer.from("GGUF"), u32(3), u64(tensors.length), u64(metadata.length), ...metadata);
  let offset = 0;
  for (const tensor of tensors) {
    head.push(text(tensor.name), u32(tensor.dimensions.length), ...tensor.dimensions.map(u64));
    head.push(u32(TENSOR_TYPE[tensor.encoding]), u64(offset));
    offset = padded(offset + tensorBytes(tensor));
  }
  const header = Buffer.concat(head);
  const handle = await open(file, "w");
  try {
    await handle.write(Buffer.concat([header, Buffer.alloc(padded(header.length) - header.length)]));
    let batch: Buffer[] = [];
    let waiting = 0;
    const flush = async () => {
      if (waiting > 0) await handle.writev(batch);
      batch = [];
      waiting = 0;
    };
    for (const tensor of tensors) {
      let written = 0;
      for (const piece of tensorPieces(tensor)) {
        batch.push(piece);
        waiting += piece.length;
        written += piece.length;
        if (waiting >= WRITE_BYTES || batch.length >= 512) await flush();
      }
      batch.push(Buffer.alloc(padded(written) - written));
    }
    await flush();
  } finally {
    await handle.close();
  }
}

function ggufTensors(shape: SyntheticShape, encoding: Encoding): GgufTensor[] {
  const { hidden, experts, expertHidden, vocabulary } = shape;
  const tensors: GgufTensor[] = [];
  const matrix = (name: string, source: string, rows: number, columns: number, as: Encoding = encoding) =>
    tensors.push({ name: `${name}.weight`, dimensions: [columns, rows], encoding: as, parts: [source], ones: false });
  const norm = (name: string, size: number) =>
    tensors.push({ name: `${name}.weight`, dimensions: [size], encoding: "f32", parts: [], ones: true });
  const stacked = (name: string, layer: number, part: string, rows: number, columns: number) =>
    tensors.push({
      name: `${name}.weight`,
      dimensions: [columns, rows, experts],
      encoding,
      parts: Array.from({ length: experts }, (_, j) => `model.layers.${layer}.mlp.experts.${j}.${part}.weight`),
      ones: false,
    });
  matrix("token_embd", "model.embed_tokens.weight", vocabulary, hidden);
  for (let layer = 0; layer < shape.layers; layer++) {
    const at = `model.layers.${layer}`;
    const block = `blk.${layer}`;
    norm(`${block}.attn_norm`, hidden);
    matrix(`${block}.attn_q`, `${at}.self_attn.q_proj.weight`, hidden, hidden);
    matrix(`${block}.attn_k`, `${at}.self_attn.k_proj.weight`, hidden, hidden);
    matrix(`${block}.attn_v`, `${at}.self_attn.v_proj.weight`, hidden, hidden);
    matrix(`${block}.attn_output`, `${at}.self_attn.o_proj.weight`, hidden, hidden);
    norm(`${block}.attn_q_norm`, hidden);
    norm(`${block}.attn_k_norm`, hidden);
    norm(`${block}.ffn_norm`, hidden);
    matrix(`${block}.ffn_gate_inp`, `${at}.mlp.gate.weight`, experts, hidden, "f32");
    stacked(`${block}.ffn_gate_exps`, layer, "gate_proj", expertHidden, hidden);
    stacked(`${block}.ffn_up_exps`, layer, "up_proj", expertHidden, hidden);
    stacked(`${block}.ffn_down_exps`, layer, "down_proj", hidden, expertHidden);
  }
  norm("output_norm", hidden);
  matrix("output", "lm_head.weight", vocabulary, hidden);
  return tensors;
}

function* tensorPieces(tensor: GgufTensor): Generator<Buffer> {
  if (tensor.ones) {
    yield Buffer.from(new Float32Array(tensor.dimensions[0]!).fill(1).buffer);
    return;
  }
  const values = tensor.dimensions[0]! * tensor.dimensions[1]!;
  for (const part of tensor.parts) yield* weightBytes(part, values, tensor.encoding);
}

function tensorBytes(tensor: GgufTensor): number {
  const values = tensor.dimensions.reduce((product, size) => product * size, 1);
  return (values / BLOCK_VALUES) * BLOCK_BYTES[tensor.encoding];
}

function metadataOf(shape: SyntheticShape, encoding: Encoding): Buffer[] {
  const tokens = vocabularyOf(shape.vocabulary);
  const number = (key: string, value: number) => entry(key, 4, u32(value));
  const real = (key: string, value: number) => entry(key, 6, f32(value));
  return [
    entry("general.architecture", 8, text("olmoe")),
    entry("general.name", 8, text(`synthetic ${shape.name}`)),
    number("general.file_type", FILE_TYPE[encoding]),
    number("general.alignment", ALIGNMENT),
    number("olmoe.block_count", shape.layers),
    number("olmoe.context_length", shape.maxPositions),
    number("olmoe.embedding_length", shape.hidden),
    number("olmoe.feed_forward_length", shape.expertHidden),
    number("olmoe.attention.head_count", shape.heads),
    number("olmoe.attention.head_count_kv", shape.heads),
    number("olmoe.expert_count", shape.experts),
    number("olmoe.expert_used_count", shape.topK),
    real("olmoe.rope.freq_base", 10_000),
    real("olmoe.attention.layer_norm_rms_epsilon", 1e-5),
    entry("tokenizer.ggml.model", 8, text("gpt2")),
    entry("tokenizer.ggml.pre", 8, text("olmo")),
    entry("tokenizer.ggml.tokens", 9, array(8, tokens.map(text))),
    entry(
      "tokenizer.ggml.token_type",
      9,
      array(
        5,
        tokens.map((_, id) => u32(id < SPECIAL_TOKENS.length ? 3 : 1)),
      ),
    ),
    entry(
      "tokenizer.ggml.merges",
      9,
      array(
        8,
        MERGES.map(([left, right]) => text(`${left} ${right}`)),
      ),
    ),
    number("tokenizer.ggml.bos_token_id", 1),
    number("tokenizer.ggml.eos_token_id", 2),
    number("tokenizer.ggml.padding_token_id", 0),
  ];
}

const padded = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
const entry = (key: string, type: number, value: Buffer) => Buffer.concat([text(key), u32(type), value]);
const array = (type: number, items: Buffer[]) => Buffer.concat([u32(type), u64(items.length), ...items]);

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value);
  return out;
}

function f32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeFloatLE(value);
  return out;
}

function u64(value: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(BigInt(value));
  return out;
}
