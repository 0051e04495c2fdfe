/**
 * What "calling" an allowed name yields: a description. Arguments are checked for kind and range here;
 * whether a tensor fits its storage's bytes is checked against the archive in `../torch/`.
 */
import { excerpt } from "../../../core/bytes.ts";
import { formatError } from "../errors.ts";
import { MAX_DIMENSIONS } from "../limits.ts";
import {
  ORDERED_DICT,
  REBUILD_PARAMETER,
  REBUILD_TENSOR_V2,
  REBUILD_TENSOR_V3,
  STORAGE_DTYPES,
  TORCH_DEVICE,
  TORCH_DTYPES,
  TORCH_SIZE,
} from "./globals.ts";
import { ofKind, type PickleStorage, type PickleTensor, type PickleTuple, type PickleValue } from "./values.ts";

const STORAGE_KEY = /^[0-9]{1,12}$/;

/** REDUCE: `callee` applied to `args`. Throws `pickle_forbidden` for anything but the known constructions. */
export function reduce(callee: PickleValue | undefined, args: PickleTuple): PickleValue {
  const name = ofKind(callee, "global")?.name;
  switch (name) {
    case ORDERED_DICT:
      if (args.items.length !== 0) throw forbidden("an OrderedDict with arguments");
      return { kind: "dict", entries: new Map(), ordered: true };
    case REBUILD_TENSOR_V2:
    case REBUILD_TENSOR_V3:
      return rebuildTensor(args.items, name === REBUILD_TENSOR_V3);
    case REBUILD_PARAMETER:
      return rebuildParameter(args.items);
    case TORCH_SIZE:
    case TORCH_DEVICE:
      return { kind: "opaque" };
    default:
      throw forbidden(name === undefined ? "a call of something that is no known name" : `a call of ${excerpt(name)}`);
  }
}

/** A persistent id: ("storage", storage class, key, location, number of elements). */
export function persistentStorage(id: PickleValue | undefined): PickleStorage {
  const [tag, storageClass, key, location, length, ...rest] = ofKind(id, "tuple")?.items ?? [];
  const className = ofKind(storageClass, "global")?.name;
  const known = className !== undefined && STORAGE_DTYPES.has(className);
  if (tag !== "storage" || !known || typeof key !== "string" || typeof location !== "string" || rest.length > 0) {
    throw forbidden("a persistent id that is no storage");
  }
  if (!STORAGE_KEY.test(key)) throw forbidden(`a storage key that is no number: ${excerpt(key)}`);
  return { kind: "storage", key, dtype: STORAGE_DTYPES.get(className), length: natural(length, "storage length") };
}

/** (storage, offset, size, stride, requires_grad, hooks[, metadata]); v3 has the dtype after the hooks. */
function rebuildTensor(items: readonly PickleValue[], isV3: boolean): PickleTensor {
  const [storageValue, offset, size, stride, requiresGrad, hooks] = items;
  const storage = ofKind(storageValue, "storage");
  const dtype = isV3 ? TORCH_DTYPES.get(ofKind(items[6], "global")?.name ?? "") : storage?.dtype;
  const expected = isV3 ? [7, 8] : [6, 7];
  const noHooks = hooks === null || ofKind(hooks, "dict")?.entries.size === 0;
  if (storage === undefined || dtype === undefined || !expected.includes(items.length) || !noHooks) {
    throw forbidden("a tensor with unexpected arguments");
  }
  if (typeof requiresGrad !== "boolean") throw forbidden("a tensor whose requires_grad is no boolean");
  const shape = naturals(size, "size");
  const strides = naturals(stride, "stride");
  if (shape.length !== strides.length) throw forbidden("a tensor with another number of strides than of dimensions");
  return { kind: "tensor", storage, dtype, offset: natural(offset, "storage offset"), shape, strides };
}

/** (tensor, requires_grad, hooks) */
function rebuildParameter(items: readonly PickleValue[]): PickleTensor {
  const tensor = ofKind(items[0], "tensor");
  if (tensor === undefined || items.length !== 3) throw forbidden("a parameter that is no tensor");
  return tensor;
}

function naturals(value: PickleValue | undefined, what: string): number[] {
  const items = ofKind(value, "tuple")?.items;
  if (items === undefined || items.length > MAX_DIMENSIONS) {
    throw formatError("tensor_shape_invalid", `${what}: expected a tuple of at most ${MAX_DIMENSIONS} integers`);
  }
  return items.map((item) => natural(item, what));
}

function natural(value: PickleValue | undefined, what: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw formatError("tensor_shape_invalid", `${what}: expected an integer from 0 to 2^53 - 1`);
}

function forbidden(what: string): Error {
  return formatError("pickle_forbidden", `pickle: contains ${what}; only tensors in plain containers are read`);
}
