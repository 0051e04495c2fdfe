/** Row 51 of the attacks: odd digests and paths never lead out of the folder. */
import { sep } from "node:path";
import { Random } from "../../../scripts/support/random.ts";
import { withChain } from "../../../scripts/support/withChain.ts";
import { hashFromHex, toHex } from "../../../src/core/bytes.ts";
import { errorCode } from "../../../src/core/errors.ts";

const GOOD = "0123456789abcdef".repeat(4);
const PARTS = [
  "..",
  "../",
  "..\\",
  "/",
  "\\",
  "%2e%2e%2f",
  "%2e%2e/",
  "..%2f",
  "..%c0%af",
  "%252e%252e%252f",
  "\u2024\u2024/",
  "\uff0e\uff0e\uff0f",
  "\0",
  "%00",
  "\r\n",
  " ",
  "~",
  "$HOME",
  "C:",
  "file://",
  ".tmp-",
  ".chunks",
  "quarantine/",
  "A",
  "G",
  "\u0430",
  "\u0661",
  "0x",
  "-1",
  "etc/passwd",
  "__proto__",
  "constructor",
];

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return "accepted";
  } catch (error) {
    return errorCode(error);
  }
}

/** A text that is no hash, made from a good one and from parts that have led other programs astray. */
function hostileText(random: Random): string {
  let text = GOOD;
  for (let i = random.between(1, 4); i > 0; i--) {
    const part = random.pick(PARTS);
    const at = random.below(text.length + 1);
    text = text.slice(0, at) + part + text.slice(random.chance(0.5) ? at : at + part.length);
  }
  return random.chance(0.3) ? text.slice(0, 64) : text;
}

test("10,000 texts that are not 64 lower-case hex digits are refused before anything is made of them", () => {
  const random = new Random(51);
  let tried = 0;
  while (tried < 10_000) {
    const text = hostileText(random);
    if (/^[0-9a-f]{64}$/.test(text)) continue;
    tried += 1;
    if (codeOf(() => hashFromHex(text)) !== "bad_hash") throw new Error(`accepted ${JSON.stringify(text)}`);
  }
  expect(tried).toBe(10_000);
});

test("roots of any bytes stay inside the folder of payloads, and other lengths are refused", async () => {
  await withChain(async ({ payloads }) => {
    const random = new Random(52);
    for (let i = 0; i < 10_000; i++) {
      const length = i % 2 === 0 ? 32 : random.below(100);
      const root = random.bytes(length);
      if (length === 32) {
        const rootHex = toHex(root);
        expect(payloads.path(root)).toBe([payloads.folder, rootHex.slice(0, 2), rootHex].join(sep));
      } else expect(codeOf(() => payloads.path(root))).toBe("bad_hash");
    }
  });
});

test("prefixes of block ids are hex digits or refused", async () => {
  await withChain(async ({ dag }) => {
    const random = new Random(53);
    for (let i = 0; i < 500; i++) {
      const text = hostileText(random).slice(0, random.between(0, 70));
      if (/^[0-9a-f]{4,64}$/.test(text)) continue;
      await expect(dag.findByPrefix(text)).rejects.toMatchObject({ code: "bad_prefix" });
    }
  });
});
