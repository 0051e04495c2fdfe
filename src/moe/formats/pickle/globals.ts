/**
 * The only names a weights file may mention, and what they mean here. A pickle that names anything else is refused
 * before its name is used for anything.
 */
import type { Dtype } from "../../tensor.ts";

/** Storage classes: the element type of the storages that carry them. */
const STORAGES: readonly (readonly [string, Dtype | undefined])[] = [
  ["torch DoubleStorage", "F64"],
  ["torch FloatStorage", "F32"],
  ["torch HalfStorage", "F16"],
  ["torch BFloat16Storage", "BF16"],
  ["torch LongStorage", "I64"],
  ["torch IntStorage", "I32"],
  ["torch ShortStorage", "I16"],
  ["torch CharStorage", "I8"],
  ["torch ByteStorage", "U8"],
  ["torch BoolStorage", "BOOL"],
  ["torch.storage UntypedStorage", undefined],
];

/** Element types as values: in `_rebuild_tensor_v3`, and in settings saved beside the weights. */
const DTYPES: readonly (readonly [string, Dtype])[] = [
  ["torch float64", "F64"],
  ["torch float32", "F32"],
  ["torch float16", "F16"],
  ["torch bfloat16", "BF16"],
  ["torch float8_e4m3fn", "F8_E4M3"],
  ["torch float8_e5m2", "F8_E5M2"],
  ["torch int64", "I64"],
  ["torch int32", "I32"],
  ["torch int16", "I16"],
  ["torch int8", "I8"],
  ["torch uint64", "U64"],
  ["torch uint32", "U32"],
  ["torch uint16", "U16"],
  ["torch uint8", "U8"],
  ["torch bool", "BOOL"],
];

export const STORAGE_DTYPES: ReadonlyMap<string, Dtype | undefined> = new Map(STORAGES);
export const TORCH_DTYPES: ReadonlyMap<string, Dtype> = new Map(DTYPES);

export const ORDERED_DICT = "collections OrderedDict";
export const REBUILD_TENSOR_V2 = "torch._utils _rebuild_tensor_v2";
export const REBUILD_TENSOR_V3 = "torch._utils _rebuild_tensor_v3";
export const REBUILD_PARAMETER = "torch._utils _rebuild_parameter";
export const TORCH_SIZE = "torch Size";
export const TORCH_DEVICE = "torch device";

const ALLOWED: ReadonlySet<string> = new Set([
  ORDERED_DICT,
  REBUILD_TENSOR_V2,
  REBUILD_TENSOR_V3,
  REBUILD_PARAMETER,
  TORCH_SIZE,
  TORCH_DEVICE,
  ...STORAGE_DTYPES.keys(),
  ...TORCH_DTYPES.keys(),
]);

export function isAllowedGlobal(name: string): boolean {
  return ALLOWED.has(name);
}
