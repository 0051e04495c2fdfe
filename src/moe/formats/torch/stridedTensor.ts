/**
 * Reads a tensor that is not contiguous in its storage (a transposed or sliced view) into row-major order.
 *
 * Elements are visited in the order in which they lie in the storage, through one window that moves forward, so that
 * no more than the tensor and one window are in memory.
 */
import type { ByteSource } from "../byteSource.ts";
import { elementCount } from "../dtype.ts";
import type { PickleTensor } from "../pickle/values.ts";

const WINDOW_BYTES = 16 * 1024 * 1024;

/** Strides, in elements, of a row-major tensor of `shape`. */
function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i]!;
  }
  return strides;
}

/** Whether the elements lie in row-major order without gaps; strides of dimensions of size 1 do not matter. */
export function isContiguous({ shape, strides }: PickleTensor): boolean {
  const expected = rowMajorStrides(shape);
  return elementCount(shape) === 0 || shape.every((size, i) => size === 1 || strides[i] === expected[i]);
}

/** Elements from the first to the last one used, both included; 0 for an empty tensor. */
export function spanElements({ shape, strides }: PickleTensor): number {
  if (elementCount(shape) === 0) return 0;
  return shape.reduce((span, size, i) => span + (size - 1) * strides[i]!, 1);
}

/** Whether two different indices lead to the same element, or might: dimensions must nest, outer stride over inner span. */
export function mayOverlap({ shape, strides }: PickleTensor): boolean {
  let span = 1;
  for (const { size, stride } of byStride(shape, strides)) {
    if (stride < span) return true;
    span += (size - 1) * stride;
  }
  return false;
}

/** Row-major bytes of `tensor`, whose storage's bytes start at `storageOffset` of `source`. */
export async function gather(
  source: ByteSource,
  storageOffset: number,
  tensor: PickleTensor,
  elementBytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const total = elementCount(tensor.shape);
  const out = new Uint8Array(total * elementBytes);
  const targetStrides = rowMajorStrides(tensor.shape);
  // Innermost first: the smallest stride moves fastest, so positions in the storage only grow.
  const axes = byStride(tensor.shape, tensor.strides).map((axis) => ({ ...axis, target: targetStrides[axis.axis]! }));
  const index = axes.map(() => 0);
  const end = (tensor.offset + spanElements(tensor)) * elementBytes;
  let window = new Uint8Array(0);
  let windowStart = 0;
  let from = tensor.offset;
  let to = 0;
  for (let done = 0; done < total; done++) {
    const at = from * elementBytes;
    if (at + elementBytes > windowStart + window.length) {
      windowStart = at;
      window = await source.read(storageOffset + at, Math.min(WINDOW_BYTES, end - at), signal);
    }
    for (let b = 0; b < elementBytes; b++) out[to * elementBytes + b] = window[at - windowStart + b]!;
    for (const [i, axis] of axes.entries()) {
      from += axis.stride;
      to += axis.target;
      index[i]! += 1;
      if (index[i]! < axis.size) break;
      from -= axis.stride * axis.size;
      to -= axis.target * axis.size;
      index[i] = 0;
    }
  }
  return out;
}

/** Dimensions larger than one, smallest stride first. */
function byStride(shape: readonly number[], strides: readonly number[]) {
  return shape
    .map((size, axis) => ({ axis, size, stride: strides[axis]! }))
    .filter(({ size }) => size > 1)
    .sort((a, b) => a.stride - b.stride);
}
