import { manualClock, systemClock } from "../../src/core/clock.ts";

test("a manual clock moves only by hand, and its monotonic time never goes back", () => {
  const clock = manualClock(1000);
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1000, 0]);
  clock.advance(250);
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1250, 250]);
  clock.setNow(10);
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([10, 250]);
});

test("the system clock gives whole milliseconds of the epoch, and time that does not go back", () => {
  const before = Date.now();
  const now = systemClock.nowMs();
  expect(Number.isInteger(now)).toBe(true);
  expect(now).toBeGreaterThanOrEqual(before);
  const first = systemClock.monotonicMs();
  expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(first);
});
