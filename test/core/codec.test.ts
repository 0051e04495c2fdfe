import fc from "fast-check";
import { Packr } from "msgpackr";
import { fromHex, toHex } from "../../src/core/bytes.ts";
import { checkCanonical } from "../../src/core/canonicalCheck.ts";
import {
  type DecodeLimits,
  decodeCanonical,
  encodeCanonical,
  MAX_DEPTH,
  type WireValue,
} from "../../src/core/codec.ts";
import { errorCode } from "../../src/core/errors.ts";

const LIMITS: DecodeLimits = { maxBytes: 1 << 20, maxDepth: MAX_DEPTH, maxItems: 1 << 16 };
const badEncoding = expect.objectContaining({ code: "bad_encoding" });
const badValue = expect.objectContaining({ code: "bad_value" });

const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.nat(300),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
);
const { value: wireValue } = fc.letrec<{ value: WireValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    number,
    fc.string({ unit: "grapheme", maxLength: 80 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 20 }),
  ),
}));

test("a value comes back from its bytes unchanged", () => {
  fc.assert(
    fc.property(wireValue, (value) => {
      expect(decodeCanonical(encodeCanonical(value), LIMITS)).toEqual(value);
    }),
    { numRuns: 2000 },
  );
});

test("the bytes are those that msgpackr writes, given integers beyond 32 bits as bigint", () => {
  const packr = new Packr({ useRecords: false });
  const forMsgpackr = (value: WireValue): unknown => {
    if (Array.isArray(value)) return value.map(forMsgpackr);
    const isLong = Number.isSafeInteger(value) && ((value as number) < -(2 ** 31) || (value as number) >= 2 ** 32);
    return isLong ? BigInt(value as number) : value;
  };
  const large: WireValue[] = [
    ["é".repeat(40_000), new Uint8Array(70_000), Array.from({ length: 70_000 }, (_, i) => i)],
    [],
    "",
  ];
  fc.assert(
    fc.property(wireValue, (value) => {
      expect(toHex(encodeCanonical(value))).toBe(toHex(packr.pack(forMsgpackr(value))));
    }),
    { numRuns: 2000, examples: large.map((value): [WireValue] => [value]) },
  );
});

test("whatever bytes are accepted encode back to themselves, also after mutation", () => {
  let accepted = 0;
  const edit = fc.record({ at: fc.nat(), byte: fc.nat(255), kind: fc.constantFrom("set", "insert", "delete") });
  fc.assert(
    fc.property(wireValue, fc.array(edit, { minLength: 1, maxLength: 3 }), (value, edits) => {
      const bytes = edits.reduce(mutate, encodeCanonical(value));
      const decoded = attempt(() => decodeCanonical(bytes, LIMITS));
      if (decoded === undefined) return;
      accepted++;
      expect(toHex(encodeCanonical(decoded))).toBe(toHex(bytes));
    }),
    { numRuns: 10_000 },
  );
  expect(accepted).toBeGreaterThan(100);
});

test("random bytes are refused with bad_encoding or encode back to themselves: 10,000 of 10,000", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const decoded = attempt(() => decodeCanonical(bytes, LIMITS));
      if (decoded !== undefined) expect(toHex(encodeCanonical(decoded))).toBe(toHex(bytes));
    }),
    { numRuns: 10_000 },
  );
});

test("the check before decoding is complete: what passes it also decodes and encodes back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), (bytes) => {
      if (attempt(() => checkCanonical(bytes, LIMITS) ?? true) === undefined) return;
      expect(() => decodeCanonical(bytes, LIMITS)).not.toThrow();
    }),
    { numRuns: 10_000 },
  );
});

test("no prefix of an encoding and no encoding with bytes behind it is accepted", () => {
  const bytes = encodeCanonical([1, [2 ** 40, 0.5, "ünï"], new Uint8Array(300), null, true]);
  for (let end = 0; end < bytes.length; end++) {
    expect(() => decodeCanonical(bytes.subarray(0, end), LIMITS)).toThrow(badEncoding);
  }
  expect(() => decodeCanonical(Buffer.concat([bytes, Uint8Array.of(0xc0)]), LIMITS)).toThrow(badEncoding);
});

// The shortest form on each side of every border.
test.each<[number, string]>([
  [0, "00"],
  [127, "7f"],
  [128, "cc80"],
  [255, "ccff"],
  [256, "cd0100"],
  [65535, "cdffff"],
  [65536, "ce00010000"],
  [2 ** 31, "ce80000000"],
  [2 ** 32 - 1, "ceffffffff"],
  [2 ** 32, "d30000000100000000"],
  [Number.MAX_SAFE_INTEGER, "d3001fffffffffffff"],
  [-1, "ff"],
  [-32, "e0"],
  [-33, "d0df"],
  [-128, "d080"],
  [-129, "d1ff7f"],
  [-32768, "d18000"],
  [-32769, "d2ffff7fff"],
  [-(2 ** 31), "d280000000"],
  [-(2 ** 31) - 1, "d3ffffffff7fffffff"],
  [-(2 ** 32), "d3ffffffff00000000"],
  [-(2 ** 32) - 1, "d3fffffffeffffffff"],
  [Number.MIN_SAFE_INTEGER, "d3ffe0000000000001"],
  [2 ** 53, "cb4340000000000000"],
  [0.5, "cb3fe0000000000000"],
])("%d is encoded as %s and decoded from it", (value, hex) => {
  expect(toHex(encodeCanonical(value))).toBe(hex);
  expect(decodeCanonical(fromHex(hex), LIMITS)).toBe(value);
});

test.each([
  ["nothing", ""],
  ["a map", "80"],
  ["a map 16", "de0000"],
  ["a map 32", "df00000000"],
  ["an extension", "d40000"],
  ["a timestamp", "d6ff00000000"],
  ["an extension 8", "c70100ff"],
  ["the reserved tag", "c1"],
  ["a float 32", "ca3f000000"],
  ["NaN", "cb7ff8000000000000"],
  ["infinity", "cb7ff0000000000000"],
  ["minus zero", "cb8000000000000000"],
  ["an integer as a float", "cb4000000000000000"],
  ["a uint 64", "cf0000000100000000"],
  ["5 as uint 8", "cc05"],
  ["5 as int 8", "d005"],
  ["255 as uint 16", "cd00ff"],
  ["65535 as uint 32", "ce0000ffff"],
  ["5 as int 64", "d30000000000000005"],
  ["2^32 - 1 as int 64", "d300000000ffffffff"],
  ["2^53 as int 64", "d30020000000000000"],
  ["-1 as int 8", "d0ff"],
  ["-128 as int 16", "d1ff80"],
  ["-32768 as int 32", "d2ffff8000"],
  ["-2^31 as int 64", "d3ffffffff80000000"],
  ["-2^53 as int 64", "d3ffe0000000000000"],
  ["a short text as str 8", "d90161"],
  ["a short text as str 16", "da000161"],
  ["255 bytes as bin 16", `c500ff${"00".repeat(255)}`],
  ["a short array as array 16", "dc000100"],
  ["a short array as array 32", "dd0000000100"],
  ["a text that is not UTF-8", "a1ff"],
  ["an overlong UTF-8 form", "a2c0af"],
  ["a lone surrogate", "a3eda080"],
  ["a text longer than the input", "a561"],
  ["2^32 - 1 bytes that are not there", "c6ffffffff"],
  ["2^32 - 1 elements that are not there", "ddffffffff"],
  ["nested arrays of 2^32 - 1 elements", "ddffffffff".repeat(20)],
])("%s is refused", (_, hex) => {
  expect(() => decodeCanonical(fromHex(hex), LIMITS)).toThrow(badEncoding);
});

test("each limit refuses the first value beyond it and takes the last one below", () => {
  const bytes = encodeCanonical([[1, 2], [[3]]]);
  const exact = { maxBytes: bytes.length, maxDepth: 3, maxItems: 7 };
  expect(decodeCanonical(bytes, exact)).toEqual([[1, 2], [[3]]]);
  for (const key of ["maxBytes", "maxDepth", "maxItems"] as const) {
    expect(() => decodeCanonical(bytes, { ...exact, [key]: exact[key] - 1 })).toThrow(badEncoding);
  }
  expect(decodeCanonical(encodeCanonical(7), { maxBytes: 1, maxDepth: 0, maxItems: 1 })).toBe(7);
});

test("100,000 arrays inside each other are refused without recursion", () => {
  const bytes = new Uint8Array(100_000).fill(0x91);
  expect(() => decodeCanonical(bytes, { ...LIMITS, maxDepth: Number.MAX_SAFE_INTEGER, maxItems: 1e6 })).toThrow(
    badEncoding,
  );
});

test("byte strings are copies: neither the input nor a Buffer shows through", () => {
  const input = Buffer.from(encodeCanonical([Uint8Array.of(1, 2, 3)]));
  const [part] = decodeCanonical(input, LIMITS) as [Uint8Array];
  input.fill(0);
  expect(part).toEqual(Uint8Array.of(1, 2, 3));
  expect(Buffer.isBuffer(part)).toBe(false);
  expect(part.buffer.byteLength).toBe(3);
  expect(Object.keys(input)).not.toContain("dataView");
});

test.each<[string, unknown]>([
  ["undefined", undefined],
  ["NaN", Number.NaN],
  ["infinity", Number.POSITIVE_INFINITY],
  ["minus zero", -0],
  ["a bigint", 5n],
  ["an object", { a: 1 }],
  ["a Map", new Map()],
  ["a function", () => 1],
  ["a lone surrogate", "\ud800"],
  ["a sparse array", new Array(2)],
  ["something nested", [1, [Number.NaN]]],
])("%s has no encoding", (_, value) => {
  expect(() => encodeCanonical(value as WireValue)).toThrow(badValue);
});

test("an array that contains itself is refused, not followed", () => {
  const loop: WireValue[] = [];
  loop.push(loop);
  expect(() => encodeCanonical(loop)).toThrow(badValue);
});

/** The result, or `undefined` when the action throws `bad_encoding`; any other error fails the test. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (errorCode(error) !== "bad_encoding") throw error;
    return undefined;
  }
}

function mutate(bytes: Uint8Array, edit: { at: number; byte: number; kind: string }): Uint8Array {
  const at = edit.at % (bytes.length + 1);
  const keptFrom = edit.kind === "insert" ? at : at + 1;
  return Buffer.concat([
    bytes.subarray(0, at),
    edit.kind === "delete" ? new Uint8Array() : Uint8Array.of(edit.byte),
    bytes.subarray(keptFrom),
  ]);
}
