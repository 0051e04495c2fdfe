/**
 * A symbolic pickle reader. It cannot execute anything: names are compared with a list, "calls" build descriptions, and
 * every opcode outside the table below ends the reading.
 *
 * Work is bounded by the number of opcodes, memory by the pickle's bytes: every value costs at least one opcode, and
 * containers hold references, so sharing through the memo cannot multiply anything. Nothing here recurses.
 */
import { excerpt } from "../../../core/bytes.ts";
import { formatError } from "../errors.ts";
import { isAllowedGlobal } from "./globals.ts";
import { type Argument, OpcodeReader } from "./opcodeReader.ts";
import { persistentStorage, reduce } from "./reduce.ts";
import { PickleStack, pickleInvalid } from "./stack.ts";
import { ofKind, type PickleDict, type PickleValue } from "./values.ts";

const MIN_PROTOCOL = 2;
const MAX_PROTOCOL = 5;

type Step = (stack: PickleStack, argument: Argument) => void;

const pushArgument: Step = (stack, argument) => stack.push(argument as Exclude<Argument, undefined>);
const push = (value: PickleValue): Step => {
  return (stack) => stack.push(value);
};
const pushTuple = (count: number): Step => {
  return (stack) => stack.push({ kind: "tuple", items: stack.popMany(count) });
};

/** All opcodes that a weights file may use. PROTO and STOP are handled where the stream is walked. */
const STEPS: ReadonlyMap<string, Step> = new Map<string, Step>([
  ["FRAME", () => {}],
  ["MARK", (stack) => stack.mark()],
  ["POP", (stack) => void stack.pop()],
  ["POP_MARK", (stack) => void stack.popToMark()],
  ["NONE", push(null)],
  ["NEWTRUE", push(true)],
  ["NEWFALSE", push(false)],
  ["BININT", pushArgument],
  ["BININT1", pushArgument],
  ["BININT2", pushArgument],
  ["LONG1", pushArgument],
  ["LONG4", pushArgument],
  ["BINFLOAT", pushArgument],
  ["BINUNICODE", pushArgument],
  ["SHORT_BINUNICODE", pushArgument],
  ["BINUNICODE8", pushArgument],
  ["BINBYTES", pushArgument],
  ["SHORT_BINBYTES", pushArgument],
  ["EMPTY_TUPLE", pushTuple(0)],
  ["TUPLE1", pushTuple(1)],
  ["TUPLE2", pushTuple(2)],
  ["TUPLE3", pushTuple(3)],
  ["TUPLE", (stack) => stack.push({ kind: "tuple", items: stack.popToMark() })],
  ["EMPTY_LIST", (stack) => stack.push({ kind: "list", items: [] })],
  ["EMPTY_DICT", (stack) => stack.push({ kind: "dict", entries: new Map(), ordered: false })],
  ["APPEND", (stack) => append(stack, [stack.pop()])],
  ["APPENDS", (stack) => append(stack, stack.popToMark())],
  ["SETITEM", (stack) => setItems(stack, stack.popMany(2))],
  ["SETITEMS", (stack) => setItems(stack, stack.popToMark())],
  ["GLOBAL", (stack, argument) => global(stack, argument as string)],
  ["STACK_GLOBAL", stackGlobal],
  ["REDUCE", call],
  ["BUILD", build],
  ["BINPERSID", (stack) => stack.push(persistentStorage(stack.pop()))],
  ["BINGET", (stack, argument) => stack.get(argument as number)],
  ["LONG_BINGET", (stack, argument) => stack.get(argument as number)],
  ["BINPUT", (stack, argument) => stack.put(argument as number)],
  ["LONG_BINPUT", (stack, argument) => stack.put(argument as number)],
  ["MEMOIZE", (stack) => stack.put()],
]);

/** The value that the pickle in `bytes` describes. Throws `pickle_invalid`, `pickle_forbidden`, `pickle_limit`. */
export function readPickle(bytes: Uint8Array): PickleValue {
  const reader = new OpcodeReader(bytes);
  const stack = new PickleStack();
  checkProtocol(reader);
  for (;;) {
    const { name, argument, offset } = reader.next();
    if (name === "STOP") break;
    const step = STEPS.get(name);
    if (step === undefined) throw forbidden(`opcode ${name} at ${offset}`);
    step(stack, argument);
  }
  if (reader.position !== bytes.length) throw pickleInvalid(`${bytes.length - reader.position} bytes follow its end`);
  const value = stack.pop();
  if (stack.size > 0) throw pickleInvalid("values are left over at its end");
  return value;
}

/** PROTO comes first and once: elsewhere it has no step. */
function checkProtocol(reader: OpcodeReader): void {
  const { name, argument } = reader.next();
  const version = name === "PROTO" ? (argument as number) : 0;
  if (version >= MIN_PROTOCOL && version <= MAX_PROTOCOL) return;
  throw pickleInvalid(`expected protocol ${MIN_PROTOCOL} to ${MAX_PROTOCOL} at its start`);
}

function global(stack: PickleStack, name: string): void {
  if (!isAllowedGlobal(name)) throw forbidden(`the name ${excerpt(name)}`, { name: excerpt(name) });
  stack.push({ kind: "global", name });
}

function stackGlobal(stack: PickleStack): void {
  const [module, name] = stack.popMany(2);
  if (typeof module !== "string" || typeof name !== "string") throw pickleInvalid("a name that is no text");
  global(stack, `${module} ${name}`);
}

function call(stack: PickleStack): void {
  const args = ofKind(stack.pop(), "tuple");
  const callee = stack.pop();
  if (args === undefined) throw pickleInvalid("arguments that are no tuple");
  stack.push(reduce(callee, args));
}

/** `state_dict()` sets one attribute, `_metadata`, on its OrderedDict; its content is of no use here. */
function build(stack: PickleStack): void {
  const state = ofKind(stack.pop(), "dict");
  const target = ofKind(stack.top(), "dict");
  const keys = [...(state?.entries.keys() ?? [])];
  if (target?.ordered !== true || state === undefined || keys.some((key) => key !== "_metadata")) {
    throw forbidden("attributes set on an object");
  }
}

function append(stack: PickleStack, values: readonly PickleValue[]): void {
  const list = ofKind(stack.top(), "list");
  if (list === undefined) throw pickleInvalid("append to something that is no list");
  for (const value of values) list.items.push(value);
}

function setItems(stack: PickleStack, values: readonly PickleValue[]): void {
  const dict = ofKind(stack.top(), "dict");
  if (dict === undefined || values.length % 2 !== 0)
    throw pickleInvalid("items set on something that is no dictionary");
  for (let i = 0; i < values.length; i += 2) setItem(dict, values[i]!, values[i + 1]!);
}

function setItem(dict: PickleDict, key: PickleValue, value: PickleValue): void {
  if (typeof key !== "string" && typeof key !== "number") throw pickleInvalid("a key that is no text and no number");
  if (dict.entries.has(key)) throw pickleInvalid(`key ${excerpt(key)} stands twice`);
  dict.entries.set(key, value);
}

function forbidden(what: string, data: Record<string, unknown> = {}): Error {
  return formatError(
    "pickle_forbidden",
    `pickle: contains ${what}; such a file could run code when Python loads it, so it is refused`,
    data,
  );
}
