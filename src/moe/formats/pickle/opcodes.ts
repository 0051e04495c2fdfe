/**
 * The opcodes of Python's pickle format (protocols 0 to 5) and the shape of their arguments.
 *
 * This table knows how long every opcode is, so that a stream can be walked; what an opcode may do is decided
 * elsewhere (`machine.ts` allows a few, `scan.ts` none). Source: CPython, Lib/pickletools.py.
 */

/** How an opcode's argument is stored: fixed integers, a length and that many bytes, or text up to a line feed. */
export type ArgumentKind =
  | "none"
  | "u1"
  | "u2"
  | "i4"
  | "u4"
  | "u8"
  | "f8"
  | "line"
  | "two_lines"
  | "bytes1"
  | "bytes4"
  | "bytes8"
  | "text1"
  | "text4"
  | "text8"
  | "long1"
  | "long4";

export interface Opcode {
  readonly name: string;
  readonly argument: ArgumentKind;
}

const TABLE: readonly (readonly [code: string | number, name: string, argument?: ArgumentKind])[] = [
  ["(", "MARK"],
  [".", "STOP"],
  ["0", "POP"],
  ["1", "POP_MARK"],
  ["2", "DUP"],
  ["F", "FLOAT", "line"],
  ["I", "INT", "line"],
  ["J", "BININT", "i4"],
  ["K", "BININT1", "u1"],
  ["L", "LONG", "line"],
  ["M", "BININT2", "u2"],
  ["N", "NONE"],
  ["P", "PERSID", "line"],
  ["Q", "BINPERSID"],
  ["R", "REDUCE"],
  ["S", "STRING", "line"],
  ["T", "BINSTRING", "bytes4"],
  ["U", "SHORT_BINSTRING", "bytes1"],
  ["V", "UNICODE", "line"],
  ["X", "BINUNICODE", "text4"],
  ["a", "APPEND"],
  ["b", "BUILD"],
  ["c", "GLOBAL", "two_lines"],
  ["d", "DICT"],
  ["}", "EMPTY_DICT"],
  ["e", "APPENDS"],
  ["g", "GET", "line"],
  ["h", "BINGET", "u1"],
  ["i", "INST", "two_lines"],
  ["j", "LONG_BINGET", "u4"],
  ["l", "LIST"],
  ["]", "EMPTY_LIST"],
  ["o", "OBJ"],
  ["p", "PUT", "line"],
  ["q", "BINPUT", "u1"],
  ["r", "LONG_BINPUT", "u4"],
  ["s", "SETITEM"],
  ["t", "TUPLE"],
  [")", "EMPTY_TUPLE"],
  ["u", "SETITEMS"],
  ["G", "BINFLOAT", "f8"],
  [0x80, "PROTO", "u1"],
  [0x81, "NEWOBJ"],
  [0x82, "EXT1", "u1"],
  [0x83, "EXT2", "u2"],
  [0x84, "EXT4", "i4"],
  [0x85, "TUPLE1"],
  [0x86, "TUPLE2"],
  [0x87, "TUPLE3"],
  [0x88, "NEWTRUE"],
  [0x89, "NEWFALSE"],
  [0x8a, "LONG1", "long1"],
  [0x8b, "LONG4", "long4"],
  ["B", "BINBYTES", "bytes4"],
  ["C", "SHORT_BINBYTES", "bytes1"],
  [0x8c, "SHORT_BINUNICODE", "text1"],
  [0x8d, "BINUNICODE8", "text8"],
  [0x8e, "BINBYTES8", "bytes8"],
  [0x8f, "EMPTY_SET"],
  [0x90, "ADDITEMS"],
  [0x91, "FROZENSET"],
  [0x92, "NEWOBJ_EX"],
  [0x93, "STACK_GLOBAL"],
  [0x94, "MEMOIZE"],
  [0x95, "FRAME", "u8"],
  [0x96, "BYTEARRAY8", "bytes8"],
  [0x97, "NEXT_BUFFER"],
  [0x98, "READONLY_BUFFER"],
];

/** The opcode of each byte value that is one. */
export const OPCODES: ReadonlyMap<number, Opcode> = new Map(
  TABLE.map(([code, name, argument]) => [
    typeof code === "number" ? code : code.charCodeAt(0),
    { name, argument: argument ?? "none" },
  ]),
);
