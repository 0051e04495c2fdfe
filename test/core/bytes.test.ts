import fc from "fast-check";
import {
  bytesEqual,
  compareBytes,
  concatBytes,
  excerpt,
  fromHex,
  hashFromHex,
  isHashHex,
  readU64,
  toHex,
  u64,
  utf8,
} from "../../src/core/bytes.ts";

const bytes = fc.uint8Array({ maxLength: 64 });
const u64Value = fc.maxSafeNat();

test("hex goes there and back", () => {
  fc.assert(
    fc.property(bytes, (value) => {
      expect(fromHex(toHex(value))).toEqual(value);
    }),
  );
});

test("toHex sees only its own part of a shared buffer", () => {
  expect(toHex(Uint8Array.of(1, 2, 3, 4).subarray(1, 3))).toBe("0203");
});

test.each(["0", "0g", "AB", "0x00", " 00", "00\n", "é0"])("%j is not hex", (text) => {
  expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: "bad_hex" }));
});

test("a hash goes to text and back, and no other character stands for a digit", () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(hash, fc.nat(63), fc.nat(0xffff), (bytes, at, unit) => {
      const text = toHex(bytes);
      expect(hashFromHex(text)).toEqual(bytes);
      const character = String.fromCharCode(unit);
      const other = text.slice(0, at) + character + text.slice(at + 1);
      if (/^[0-9a-f]$/.test(character)) expect(toHex(hashFromHex(other))).toBe(other);
      else expect(() => hashFromHex(other)).toThrow(expect.objectContaining({ code: "bad_hash" }));
    }),
    { numRuns: 1000 },
  );
});

test("every character of one byte is a digit of a hash or refused", () => {
  for (let unit = 0; unit < 256; unit++) {
    const character = String.fromCharCode(unit);
    const text = character.padEnd(64, "0");
    if ("0123456789abcdef".includes(character)) expect(toHex(hashFromHex(text))).toBe(text);
    else expect(() => hashFromHex(text)).toThrow(expect.objectContaining({ code: "bad_hash" }));
  }
});

test("only 64 lower-case hex digits are a hash text, so no path can hide in one: 10,000 variants", () => {
  const good = "0123456789abcdef".repeat(4);
  expect(hashFromHex(good).length).toBe(32);
  const piece = fc.constantFrom(
    "..",
    "/",
    "\\",
    "%2e%2e%2f",
    "\0",
    "\n",
    "A",
    "g",
    "~",
    "０",
    "",
    good.slice(0, 20),
    good,
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const text = pieces.join("");
      if (/^[0-9a-f]{64}$/.test(text) && !text.endsWith("\n")) return;
      expect(isHashHex(text)).toBe(false);
      expect(() => hashFromHex(text)).toThrow(expect.objectContaining({ code: "bad_hash" }));
    }),
    { numRuns: 10_000 },
  );
  for (const other of [null, 1, new Uint8Array(32), { toString: () => good }]) expect(isHashHex(other)).toBe(false);
});

test("u64 goes there and back and sorts as the number does", () => {
  fc.assert(
    fc.property(u64Value, u64Value, (a, b) => {
      expect(readU64(u64(a))).toBe(a);
      expect(Math.sign(compareBytes(u64(a), u64(b)))).toBe(Math.sign(a - b));
    }),
  );
});

test.each([-1, 0.5, 2 ** 53, Number.NaN])("u64 refuses %d", (value) => {
  expect(() => u64(value)).toThrow(expect.objectContaining({ code: "bad_integer" }));
});

test("readU64 refuses numbers above 2^53 - 1 and bytes that are not there", () => {
  const bad = expect.objectContaining({ code: "bad_integer" });
  expect(() => readU64(fromHex("0020000000000000"))).toThrow(bad);
  expect(() => readU64(new Uint8Array(7))).toThrow(bad);
  expect(() => readU64(new Uint8Array(8), 1)).toThrow(bad);
  expect(() => readU64(new Uint8Array(8), -1)).toThrow(bad);
});

test("compareBytes is a total order in which only equal bytes are equal", () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(compareBytes(a, b)).toBe(0 - compareBytes(b, a));
      expect(compareBytes(a, b) === 0).toBe(bytesEqual(a, b));
      expect(bytesEqual(a, a.slice())).toBe(true);
    }),
  );
});

test("concatBytes puts the parts in order into new memory", () => {
  const part = Uint8Array.of(1, 2);
  const joined = concatBytes([part, new Uint8Array(), Uint8Array.of(3)]);
  part.fill(9);
  expect(joined).toEqual(Uint8Array.of(1, 2, 3));
  expect(concatBytes([])).toEqual(new Uint8Array());
});

test("utf8 is UTF-8", () => {
  expect(toHex(utf8("aé€"))).toBe("61c3a9e282ac");
});

test("utf8 gives what TextEncoder gives, for texts short and long, with and without other than ASCII characters", () => {
  const text = fc.oneof(fc.string({ maxLength: 70 }), fc.string({ unit: "binary", maxLength: 70 }));
  fc.assert(
    fc.property(text, (each) => expect(utf8(each)).toEqual(new TextEncoder().encode(each))),
    { numRuns: 500 },
  );
});

test("an excerpt is short and printable", () => {
  expect(excerpt("a\nb\u001b[31m")).toBe('"a\\nb\\u001b[31m"');
  expect(excerpt("x".repeat(1000)).length).toBeLessThan(80);
});
