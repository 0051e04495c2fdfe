/** What a GGUF export can be stored as, and which tensors keep more precision. */

import type { FloatTarget } from "../../formats/float32.ts";
import type { Dtype } from "../../tensor.ts";

export const GGUF_EXPORT_TYPES = ["f32", "f16", "bf16", "q8_0", "q4_0"] as const;
export type GgufExportType = (typeof GGUF_EXPORT_TYPES)[number];

/** `general.file_type`, llama.cpp's number for "mostly this type". */
export const FILE_TYPES: { readonly [T in GgufExportType]: number } = { f32: 0, f16: 1, q4_0: 2, q8_0: 7, bf16: 32 };

const DTYPES: { readonly [T in GgufExportType]: FloatTarget } = {
  f32: "F32",
  f16: "F16",
  bf16: "BF16",
  q8_0: "Q8_0",
  q4_0: "Q4_0",
};

const BLOCK = 32;

/** Norms, biases, routers and other small tensors stay exact: llama.cpp expects float32 there. */
export function smallTensorType(): Dtype & FloatTarget {
  return "F32";
}

/** Matrices take the export's type; rows that are no whole blocks become F16, as llama.cpp's quantiser does. */
export function matrixType(type: GgufExportType, rowLength: number): FloatTarget {
  const dtype = DTYPES[type];
  return (dtype === "Q8_0" || dtype === "Q4_0") && rowLength % BLOCK !== 0 ? "F16" : dtype;
}

/** The head decides between close tokens: at four bits it keeps eight. */
export function headType(type: GgufExportType, rowLength: number): FloatTarget {
  return matrixType(type === "q4_0" ? "q8_0" : type, rowLength);
}
