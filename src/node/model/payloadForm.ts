/**
 * How a tensor lies in a payload, which is a safetensors file. Plain types lie as they are. Types that hold their elements
 * in blocks, as GGUF files have them, are none of safetensors': they lie as bytes, `U8`, with the innermost dimension
 * counted in bytes of blocks. The manifest says what they are.
 */
import { blockSize } from "../../moe/formats/dtype.ts";
import type { TensorShape } from "../../moe/formats/safetensors/writer.ts";

/** @param tensor as the manifest has it; its innermost dimension is a whole number of blocks */
export function payloadForm({ name, dtype, shape }: TensorShape): TensorShape {
  const { elements, bytes } = blockSize(dtype);
  if (elements === 1) return { name, dtype, shape };
  return { name, dtype: "U8", shape: [...shape.slice(0, -1), ((shape.at(-1) ?? 0) / elements) * bytes] };
}
