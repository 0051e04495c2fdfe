import { age, bytes, count, duration, percent, short } from "../../../frontend/lib/format.js";

test("a time is told in the digits that matter", () => {
  const cases: [number, string][] = [
    [0.44, "0.4 ms"],
    [12.4, "12 ms"],
    [999.4, "999 ms"],
    [1000, "1 s"],
    [1240, "1.24 s"],
    [39_180, "39.2 s"],
    [30_000, "30 s"],
    [185_000, "3 min 5 s"],
    [3_600_000 * 5 + 60_000 * 7, "5 h 7 min"],
    [86_400_000 * 2 + 3_600_000, "2 d 1 h"],
  ];
  for (const [ms, text] of cases) expect(duration(ms)).toBe(text);
});

test("numbers, parts, sizes and ages have their units; what is missing is a dash", () => {
  expect([count(1234567), count(null)]).toEqual(["1,234,567", "–"]);
  expect([short(0), short(0.001234), short(1.239), short(118.4), short(undefined)]).toEqual([
    "0",
    "0.0012",
    "1.24",
    "118",
    "–",
  ]);
  expect([percent(0.0834), percent(0.26), percent(Number.NaN)]).toEqual(["8.3 %", "26 %", "–"]);
  expect([bytes(512), bytes(295_000), bytes(55.9 * 1024 ** 3)]).toEqual(["512 B", "288 KiB", "55.9 GiB"]);
  expect([age(0, 4000), age(0, 59_000), age(0, 7_200_000), age(null)]).toEqual([
    "just now",
    "59 s ago",
    "2 h ago",
    "never",
  ]);
});
