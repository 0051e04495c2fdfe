/**
 * Sizes of element types. Plain types have blocks of one element; quantised types store several elements in one block
 * with their scales (layouts in `ggml/decode.ts`). All values are little-endian, as are the hosts this runs on.
 */
import type { Dtype, TensorInfo } from "../tensor.ts";
import { formatError } from "./errors.ts";
import { MAX_DIMENSIONS, MAX_NAME_BYTES } from "./limits.ts";

interface BlockSize {
  readonly elements: number;
  readonly bytes: number;
}

const plain = (bytes: number): BlockSize => ({ elements: 1, bytes });

const BLOCK_SIZES: { readonly [D in Dtype]: BlockSize } = {
  F64: plain(8),
  F32: plain(4),
  F16: plain(2),
  BF16: plain(2),
  F8_E4M3: plain(1),
  F8_E5M2: plain(1),
  I64: plain(8),
  I32: plain(4),
  I16: plain(2),
  I8: plain(1),
  U64: plain(8),
  U32: plain(4),
  U16: plain(2),
  U8: plain(1),
  BOOL: plain(1),
  MXFP4: { elements: 32, bytes: 17 },
  Q8_0: { elements: 32, bytes: 34 },
  Q4_0: { elements: 32, bytes: 18 },
  Q4_1: { elements: 32, bytes: 20 },
  Q5_0: { elements: 32, bytes: 22 },
  Q5_1: { elements: 32, bytes: 24 },
  Q2_K: { elements: 256, bytes: 84 },
  Q3_K: { elements: 256, bytes: 110 },
  Q4_K: { elements: 256, bytes: 144 },
  Q5_K: { elements: 256, bytes: 176 },
  Q6_K: { elements: 256, bytes: 210 },
  IQ4_NL: { elements: 32, bytes: 18 },
  IQ4_XS: { elements: 256, bytes: 136 },
};

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(BLOCK_SIZES, name);
}

/** Elements and bytes of one block: (1, element size) for plain types. */
export function blockSize(dtype: Dtype): BlockSize {
  return BLOCK_SIZES[dtype];
}

/** The product of the dimensions; 1 for a scalar (no dimensions). */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** Bytes of a tensor. Throws `tensor_shape_invalid` when the innermost dimension is not a whole number of blocks. */
export function tensorBytes(dtype: Dtype, shape: readonly number[]): number {
  const { elements, bytes } = BLOCK_SIZES[dtype];
  const innermost = shape.at(-1) ?? 1;
  if (innermost % elements !== 0) {
    throw formatError(
      "tensor_shape_invalid",
      `shape: ${dtype} needs an innermost dimension divisible by ${elements}, got [${shape.join(", ")}]`,
    );
  }
  return (elementCount(shape) / elements) * bytes;
}

/**
 * Checks what a file declares about one tensor: name length, number of dimensions, and that sizes stay below 2^53,
 * before anything is multiplied or allocated. `shape` holds non-negative safe integers.
 */
export function checkDeclared(name: string, dtype: Dtype, shape: readonly number[]): TensorInfo {
  checkTensorName(name);
  checkShape(name, shape);
  return { name, dtype, shape, byteLength: tensorBytes(dtype, shape) };
}

/** Throws `tensor_name_invalid` for a name that is empty, too long, or would be dangerous as a key or in a terminal. */
export function checkTensorName(name: string): void {
  const bytes = Buffer.byteLength(name);
  const unsafe = name === "__proto__" || name === "constructor" || name === "prototype" || /\p{Cc}/u.test(name);
  if (bytes >= 1 && bytes <= MAX_NAME_BYTES && !unsafe) return;
  throw formatError(
    "tensor_name_invalid",
    `tensor name: expected 1 to ${MAX_NAME_BYTES} bytes without control characters, got ${bytes} bytes`,
    { nameBytes: bytes },
  );
}

function checkShape(name: string, shape: readonly number[]): void {
  if (shape.length > MAX_DIMENSIONS) {
    throw formatError(
      "tensor_shape_invalid",
      `tensor ${name}: expected at most ${MAX_DIMENSIONS} dimensions, got ${shape.length}`,
    );
  }
  // A zero dimension must not hide an absurd one: the product is taken over the others. 2^53 / 16 leaves room for
  // eight bytes an element and one rounding.
  const size = elementCount(shape.filter((dimension) => dimension !== 0));
  if (size > 2 ** 49) {
    throw formatError("tensor_shape_invalid", `tensor ${name}: expected below 2^49 elements, got ${size}`, { name });
  }
}
