/** What the symbolic pickle reader can build: plain data, and descriptions of tensors. Nothing of it is Python. */
import type { Dtype } from "../../tensor.ts";

/** A name from the allow-list. It is only ever compared, never looked up. */
export interface PickleGlobal {
  readonly kind: "global";
  /** "module name", such as "torch._utils _rebuild_tensor_v2". */
  readonly name: string;
}

export interface PickleTuple {
  readonly kind: "tuple";
  readonly items: readonly PickleValue[];
}

export interface PickleList {
  readonly kind: "list";
  readonly items: PickleValue[];
}

export interface PickleDict {
  readonly kind: "dict";
  /** Keys are strings or integers; "ordered" for collections.OrderedDict. */
  readonly entries: Map<PickleKey, PickleValue>;
  readonly ordered: boolean;
}

/** The bytes of one or several tensors: the archive's entry `data/{key}`. */
export interface PickleStorage {
  readonly kind: "storage";
  readonly key: string;
  /** `undefined` for a storage without type: the tensor says its own. */
  readonly dtype: Dtype | undefined;
  /** Elements, or bytes if `dtype` is undefined. */
  readonly length: number;
}

/** A view of a storage. Offset and strides count elements. */
export interface PickleTensor {
  readonly kind: "tensor";
  readonly storage: PickleStorage;
  readonly dtype: Dtype;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Something harmless whose value does not matter: a device, a size, a dtype. */
export interface PickleOpaque {
  readonly kind: "opaque";
}

export type PickleKey = string | number;

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleGlobal
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleStorage
  | PickleTensor
  | PickleOpaque;

export type PickleObject = Exclude<PickleValue, null | boolean | number | bigint | string | Uint8Array>;

/** The value if it is an object of `kind`. */
export function ofKind<K extends PickleObject["kind"]>(
  value: PickleValue | undefined,
  kind: K,
): Extract<PickleObject, { kind: K }> | undefined {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return undefined;
  return value.kind === kind ? (value as Extract<PickleObject, { kind: K }>) : undefined;
}
