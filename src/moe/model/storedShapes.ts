/** The shapes and types that stored tensors must have for a part to be made of them. */
import { MXFP4_GROUP } from "../formats/mxfp4.ts";
import type { Dtype, TensorInfo } from "../tensor.ts";
import { modelError } from "./errors.ts";
import type { Arrangement } from "./partSource.ts";
import type { Part } from "./parts.ts";
import type { ModelSpec } from "./spec.ts";

const WEIGHT_DTYPES: ReadonlySet<Dtype> = new Set<Dtype>([
  "F64",
  "F32",
  "F16",
  "BF16",
  "F8_E4M3",
  "F8_E5M2",
  "MXFP4",
  "Q8_0",
  "Q4_0",
  "Q4_1",
  "Q5_0",
  "Q5_1",
  "Q2_K",
  "Q3_K",
  "Q4_K",
  "Q5_K",
  "Q6_K",
  "IQ4_NL",
  "IQ4_XS",
]);

/** Throws `tensor_shape_mismatch` or `tensor_dtype_unsupported`, naming the tensor and the slot. */
export function checkStoredTensors(
  spec: ModelSpec,
  slot: string,
  part: Part,
  arrangement: Arrangement,
  tensors: readonly TensorInfo[],
): void {
  const expected = storedShapes(spec, part, arrangement, tensors.length);
  for (const [i, tensor] of tensors.entries()) {
    const shape = expected[i] as readonly number[];
    // Dimensions of one are written or left out as each format likes.
    if (!sameShape(withoutOnes(tensor.shape), withoutOnes(shape))) {
      throw modelError(
        "tensor_shape_mismatch",
        `${tensor.name}: expected shape [${shape.join(", ")}] as config.json says, got [${tensor.shape.join(", ")}]`,
        { slot, tensor: tensor.name, expected: shape, got: tensor.shape },
      );
    }
    const blocks = arrangement === "mxfp4" || arrangement === "mxfp4-interleaved";
    const inputs = part.shape[1] ?? 1;
    if (blocks && inputs % MXFP4_GROUP !== 0) {
      throw modelError(
        "tensor_shape_mismatch",
        `${tensor.name}: expected inputs in whole groups of ${MXFP4_GROUP}, as MXFP4 stores them, got ${inputs} in config.json`,
        { slot, tensor: tensor.name, got: tensor.shape },
      );
    }
    if (blocks ? tensor.dtype !== "U8" : !WEIGHT_DTYPES.has(tensor.dtype)) {
      throw modelError(
        "tensor_dtype_unsupported",
        `${tensor.name}: expected ${blocks ? "U8" : "a floating type"}, got ${tensor.dtype}`,
        { slot, tensor: tensor.name, dtype: tensor.dtype },
      );
    }
  }
}

function storedShapes(spec: ModelSpec, part: Part, arrangement: Arrangement, count: number): readonly number[][] {
  const [first = 1, ...rest] = part.shape;
  switch (arrangement) {
    case "rows":
      return Array.from({ length: count }, () => [first / count, ...rest]);
    case "interleaved":
    case "paired-query":
    case "paired-key":
      return [[first, ...rest]];
    case "transposed":
    case "transposed-interleaved":
      return [[rest[0] ?? 1, first]];
    case "mxfp4":
    case "mxfp4-interleaved": {
      const groups = Math.ceil((rest[0] ?? 1) / MXFP4_GROUP);
      return [
        [first, groups, MXFP4_GROUP / 2],
        [first, groups],
      ];
    }
    case "latent-halves": {
      const { attention } = spec;
      if (attention.kind !== "latent") return [];
      return [
        [attention.heads, attention.keyValueRank, attention.plainDim],
        [attention.heads, attention.valueDim, attention.keyValueRank],
      ];
    }
  }
}

function withoutOnes(shape: readonly number[]): number[] {
  return shape.filter((dimension) => dimension !== 1);
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i]);
}
