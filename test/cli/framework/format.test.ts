import fc from "fast-check";
import { compareSlots } from "../../../src/cli/chain/slotOrder.ts";
import { formatBytes, formatCount, formatDuration, formatTime, isoTime } from "../../../src/cli/framework/format.ts";
import { alignColumns } from "../../../src/cli/framework/table.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1023, "1023 B"],
  [1024, "1.00 KiB"],
  [10_229, "9.99 KiB"],
  [10_239, "10.0 KiB"],
  [102_399, "100 KiB"],
  [1_048_000, "1023 KiB"],
  [1_048_064, "1.00 MiB"],
  [16 * 2 ** 30, "16.0 GiB"],
  [Number.MAX_SAFE_INTEGER, "8.00 PiB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test("a size has at most four digits before its unit, and a fourth only above 999", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (bytes) => {
      expect(formatBytes(bytes)).toMatch(/^(\d{1,3}|10[012]\d|\d\.\d\d|\d\d\.\d) (B|[KMGTP]iB)$/);
    }),
    { numRuns: 1000 },
  );
});

test("counts have commas, durations their two largest units, times are UTC or nothing", () => {
  expect([0, 999, 1000, 1_234_567].map(formatCount)).toEqual(["0", "999", "1,000", "1,234,567"]);
  expect([0, 999, 1000, 59_499, 65_000, 7_500_000].map(formatDuration)).toEqual([
    "0 ms",
    "999 ms",
    "1.0 s",
    "59.5 s",
    "1 min 05 s",
    "2 h 05 min",
  ]);
  expect(formatTime(1_700_000_000_000)).toBe("2023-11-14 22:13:20Z");
  expect([isoTime(Number.MAX_SAFE_INTEGER), formatTime(Number.MAX_SAFE_INTEGER)]).toEqual([null, "?"]);
});

test("columns line up, colours counted as nothing, without blanks at the end", () => {
  expect(
    alignColumns([
      ["A", "B", ""],
      ["\u001b[1mlong\u001b[22m", "x", "*"],
    ]),
  ).toEqual(["A     B", "\u001b[1mlong\u001b[22m  x  *"]);
});

test("slots come in the order in which a token passes them, experts by number", () => {
  const inOrder = [
    "embedding",
    "layer0.attention",
    "layer0.router",
    "layer0.expert0",
    "layer0.expert2",
    "layer0.expert10",
    "layer0.shared",
    "layer2.attention",
    "layer2.mlp",
    "layer10.mlp",
    "head",
  ];
  expect(inOrder.toSorted().sort(compareSlots)).toEqual(inOrder);
});
