/** One weight of an ONNX file: TensorProto. Its data is inline (raw bytes or typed lists) or in another file. */
import type { Dtype } from "../../tensor.ts";
import { checkDeclared } from "../dtype.ts";
import { formatError } from "../errors.ts";
import { MAX_DIMENSIONS, MAX_NAME_BYTES } from "../limits.ts";
import type { MessageRange, ProtobufWalker } from "../protobuf/walker.ts";

const DATA_TYPES: ReadonlyMap<number, Dtype> = new Map([
  [1, "F32"],
  [2, "U8"],
  [3, "I8"],
  [4, "U16"],
  [5, "I16"],
  [6, "I32"],
  [7, "I64"],
  [9, "BOOL"],
  [10, "F16"],
  [11, "F64"],
  [12, "U32"],
  [13, "U64"],
  [16, "BF16"],
  [17, "F8_E4M3"],
  [19, "F8_E5M2"],
]);

const EXTERNAL = 1;
const MAX_PATH_BYTES = 4096;

/** ONNX's number of an element type in our words; `undefined` for strings, complex numbers and packed 4-bit types. */
function onnxDtype(dataType: number): Dtype | undefined {
  return DATA_TYPES.get(dataType);
}

export interface OnnxInitialiser {
  readonly name: string;
  readonly dtype: Dtype | undefined;
  readonly shape: readonly number[];
  readonly elements: number;
  /** Where `raw_data` lies in the file. */
  readonly inline: MessageRange | undefined;
  /** Where the file says that the data lies: unchecked text. */
  readonly external: OnnxExternal | undefined;
}

export interface OnnxExternal {
  readonly location: string;
  readonly offset: string | undefined;
  readonly length: string | undefined;
}

/** Throws `protobuf_invalid`, `tensor_shape_invalid`, `tensor_name_invalid`. */
export async function readInitialiser(walker: ProtobufWalker, tensor: MessageRange): Promise<OnnxInitialiser> {
  const dimensions: bigint[] = [];
  const external = new Map<string, string>();
  let dataType = 0;
  let name = "";
  let inline: MessageRange | undefined;
  let isExternal = false;
  for await (const { number, value, range } of walker.fields(tensor)) {
    if (number === 1) dimensions.push(...(value === undefined ? await walker.packed(range, MAX_DIMENSIONS) : [value]));
    else if (number === 2 && value !== undefined) dataType = Number(value);
    else if (number === 8) name = await walker.text(range, MAX_NAME_BYTES);
    else if (number === 9) inline = range;
    else if (number === 13) await readEntry(walker, range, external);
    else if (number === 14) isExternal = value === BigInt(EXTERNAL);
    if (dimensions.length > MAX_DIMENSIONS) {
      throw formatError("tensor_shape_invalid", `${walker.name}: expected at most ${MAX_DIMENSIONS} dimensions`);
    }
  }
  const shape = dimensions.map((size) => Number(BigInt.asIntN(64, size)));
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 0)) {
    throw formatError("tensor_shape_invalid", `${walker.name}: an initialiser has a negative dimension`);
  }
  const dtype = onnxDtype(dataType);
  const checked = checkDeclared(name === "" ? "unnamed" : name, dtype ?? "U8", shape);
  const elements = shape.reduce((product, size) => product * size, 1);
  if (dtype !== undefined && inline !== undefined && inline.end - inline.start !== checked.byteLength) {
    const got = inline.end - inline.start;
    throw formatError("tensor_size_mismatch", `tensor ${name}: expected ${checked.byteLength} bytes, got ${got}`);
  }
  return { name, dtype, shape, elements, inline, external: isExternal ? describeExternal(external) : undefined };
}

/** StringStringEntryProto: key 1, value 2. */
async function readEntry(walker: ProtobufWalker, entry: MessageRange, into: Map<string, string>): Promise<void> {
  let key = "";
  let value = "";
  for await (const { number, range } of walker.fields(entry)) {
    if (number === 1) key = await walker.text(range, MAX_NAME_BYTES);
    else if (number === 2) value = await walker.text(range, MAX_PATH_BYTES);
  }
  if (into.has(key) || into.size >= 16)
    throw formatError("protobuf_invalid", `${walker.name}: external_data repeats a key`);
  into.set(key, value);
}

function describeExternal(entries: ReadonlyMap<string, string>): OnnxExternal {
  return { location: entries.get("location") ?? "", offset: entries.get("offset"), length: entries.get("length") };
}
