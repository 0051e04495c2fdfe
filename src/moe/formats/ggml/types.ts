/**
 * ggml's tensor types by the numbers that GGUF files store. Numbers that are missing are retired.
 * Types without a `dtype` are known by size only: such tensors can be listed, not read.
 */
import type { Dtype } from "../../tensor.ts";

export interface GgmlType {
  readonly id: number;
  readonly name: string;
  readonly dtype: Dtype | undefined;
  /** Elements and bytes of one block. */
  readonly elements: number;
  readonly bytes: number;
}

const TABLE: readonly (readonly [id: number, name: string, elements: number, bytes: number, dtype?: Dtype])[] = [
  [0, "F32", 1, 4, "F32"],
  [1, "F16", 1, 2, "F16"],
  [2, "Q4_0", 32, 18, "Q4_0"],
  [3, "Q4_1", 32, 20, "Q4_1"],
  [6, "Q5_0", 32, 22, "Q5_0"],
  [7, "Q5_1", 32, 24, "Q5_1"],
  [8, "Q8_0", 32, 34, "Q8_0"],
  [9, "Q8_1", 32, 40],
  [10, "Q2_K", 256, 84, "Q2_K"],
  [11, "Q3_K", 256, 110, "Q3_K"],
  [12, "Q4_K", 256, 144, "Q4_K"],
  [13, "Q5_K", 256, 176, "Q5_K"],
  [14, "Q6_K", 256, 210, "Q6_K"],
  [15, "Q8_K", 256, 292],
  [16, "IQ2_XXS", 256, 66],
  [17, "IQ2_XS", 256, 74],
  [18, "IQ3_XXS", 256, 98],
  [19, "IQ1_S", 256, 50],
  [20, "IQ4_NL", 32, 18, "IQ4_NL"],
  [21, "IQ3_S", 256, 110],
  [22, "IQ2_S", 256, 82],
  [23, "IQ4_XS", 256, 136, "IQ4_XS"],
  [24, "I8", 1, 1, "I8"],
  [25, "I16", 1, 2, "I16"],
  [26, "I32", 1, 4, "I32"],
  [27, "I64", 1, 8, "I64"],
  [28, "F64", 1, 8, "F64"],
  [29, "IQ1_M", 256, 56],
  [30, "BF16", 1, 2, "BF16"],
  [34, "TQ1_0", 256, 54],
  [35, "TQ2_0", 256, 66],
  [39, "MXFP4", 32, 17, "MXFP4"],
  [40, "NVFP4", 64, 36],
  [41, "Q1_0", 128, 18],
  [42, "Q2_0", 64, 18],
];

const TYPES: readonly GgmlType[] = TABLE.map(([id, name, elements, bytes, dtype]) => ({
  id,
  name,
  dtype,
  elements,
  bytes,
}));

export const GGML_TYPES: ReadonlyMap<number, GgmlType> = new Map(TYPES.map((type) => [type.id, type]));

const BY_DTYPE: ReadonlyMap<Dtype | undefined, number> = new Map(TYPES.map((type) => [type.dtype, type.id]));

/** The number of `dtype` in a GGUF file, `undefined` if GGUF has none. */
export function ggmlTypeId(dtype: Dtype): number | undefined {
  return BY_DTYPE.get(dtype);
}
