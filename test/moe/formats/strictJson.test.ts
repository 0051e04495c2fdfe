import fc from "fast-check";
import { StrictJson } from "../../../src/moe/formats/strictJson.ts";
import { expectCode } from "./expectCode.ts";

const scan = (text: string) => new StrictJson(text, "header_invalid", "header");
const skipAll = (text: string) => {
  const json = scan(text);
  json.skip();
  json.end();
};

test("any JSON that nests at most 32 deep is skipped, and nothing else", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 8 }), (text) => skipAll(text)),
    { numRuns: 2000 },
  );
});

test.each([
  "",
  "{",
  "}",
  "[1,]",
  "[,1]",
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  "{1:2}",
  "[1 2]",
  "01",
  "+1",
  "1.",
  ".5",
  "1e",
  "'a'",
  '"\u0001"',
  '"\\x"',
  '"a',
  "tru",
  "nul",
  "NaN",
  "Infinity",
  "[1]]",
  "{}{}",
  '"\\ud800"',
  "/* */1",
  "[1}",
  '{"a":1]',
  '"\\u12g4"',
])("%j is not JSON", async (text) => {
  await expectCode(() => skipAll(text), "header_invalid");
});

test("nesting is bounded without recursion", async () => {
  await expectCode(() => skipAll("[".repeat(100_000)), "header_invalid");
  await expectCode(() => skipAll('{"a":'.repeat(100_000)), "header_invalid");
  skipAll(`${"[".repeat(32)}${"]".repeat(32)}`);
});

test("integers are decimal digits up to 2^53 - 1", async () => {
  expect(scan("9007199254740991").integer()).toBe(Number.MAX_SAFE_INTEGER);
  for (const text of ["9007199254740992", "12345678901234567890", "1e3", "1.0", "-1", "00", "0x1", '"1"', "true", ""]) {
    const whole = () => {
      const json = scan(text);
      json.integer();
      json.end();
    };
    await expectCode(whole, "header_invalid");
  }
});

test("strings of megabytes are scanned without regular-expression stack", () => {
  const text = "a".repeat(4_000_000);
  expect(scan(JSON.stringify(text)).string().length).toBe(text.length);
  expect(scan(`"${"\\n".repeat(1_000_000)}"`).string().length).toBe(1_000_000);
});

test("strings decode as JSON does", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => expect(scan(JSON.stringify(text)).string()).toBe(text)),
    { numRuns: 1000 },
  );
});
