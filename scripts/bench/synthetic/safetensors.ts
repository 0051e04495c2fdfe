/** Writes a synthetic checkpoint as a Hugging Face folder: config.json, tokenizer files, model.safetensors. */
import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configOf, type SyntheticShape, type SyntheticTensor, tensorsOf } from "./shapes.ts";
import { tokenizerConfig, tokenizerJson } from "./tokenizer.ts";
import { BLOCK_BYTES, BLOCK_VALUES, weightBytes } from "./weights.ts";

const DTYPES = { f32: ["F32", "float32"], f16: ["F16", "float16"], bf16: ["BF16", "bfloat16"] } as const;
const ONE: Readonly<Record<string, readonly number[]>> = {
  f32: [0, 0, 0x80, 0x3f],
  f16: [0, 0x3c],
  bf16: [0x80, 0x3f],
};

/** Writes the folder; every tensor has the same encoding. */
export async function writeSyntheticFolder(
  shape: SyntheticShape,
  encoding: "f32" | "f16" | "bf16",
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const [dtype, torchName] = DTYPES[encoding];
  const json = (name: string, value: unknown) => writeFile(join(folder, name), `${JSON.stringify(value, null, 1)}\n`);
  await json("config.json", configOf(shape, torchName));
  await json("tokenizer.json", tokenizerJson(shape.vocabulary));
  await json("tokenizer_config.json", tokenizerConfig(shape.maxPositions));
  const tensors = tensorsOf(shape);
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let offset = 0;
  for (const tensor of tensors) {
    const end = offset + (valuesOf(tensor) / BLOCK_VALUES) * BLOCK_BYTES[encoding];
    header[tensor.name] = { dtype, shape: tensor.shape, data_offsets: [offset, end] };
    offset = end;
  }
  const text = JSON.stringify(header);
  const body = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8, " "));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(body.length));
  const handle = await open(join(folder, "model.safetensors"), "w");
  try {
    await handle.write(Buffer.concat([length, body]));
    for (const tensor of tensors) {
      if (tensor.kind === "norm") await handle.write(ones(tensor.shape[0]!, encoding));
      else for (const piece of weightBytes(tensor.name, valuesOf(tensor), encoding)) await handle.write(piece);
    }
  } finally {
    await handle.close();
  }
}

function valuesOf(tensor: SyntheticTensor): number {
  return tensor.shape.reduce((product, size) => product * size, 1);
}

function ones(count: number, encoding: string): Buffer {
  const one = Buffer.from(ONE[encoding]!);
  return Buffer.alloc(count * one.length, one);
}
