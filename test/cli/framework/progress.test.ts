import { Progress, type ProgressEvent, type ProgressRenderer } from "../../../src/cli/framework/progress/progress.ts";
import { createRenderer } from "../../../src/cli/framework/progress/renderers.ts";
import { manualClock } from "../../../src/core/clock.ts";
import { recorder } from "./recorder.ts";

test("within a stage the count never goes back, and the interval of the renderer is kept", () => {
  const events: ProgressEvent[] = [];
  const renderer: ProgressRenderer = {
    intervalMs: 1000,
    show: (event) => events.push(event),
    clear: () => undefined,
  };
  const clock = manualClock();
  const progress = new Progress(renderer, clock);
  for (const done of [10, 30, 20, 25, 40]) {
    progress.update("blocks", done, 40, "blocks");
    clock.advance(600);
  }
  progress.update("payloads", 0, undefined, "bytes");
  progress.finish();
  expect(events).toEqual([
    { stage: "blocks", done: 30, total: 40, unit: "blocks", elapsedMs: 1200, finished: false },
    { stage: "blocks", done: 40, total: 40, unit: "blocks", elapsedMs: 2400, finished: false },
    { stage: "blocks", done: 40, total: 40, unit: "blocks", elapsedMs: 3000, finished: true },
    { stage: "payloads", done: 0, unit: "bytes", elapsedMs: 0, finished: true },
  ]);
});

test("a stage that stalls is still shown by name when the timer looks", () => {
  const { stream, text } = recorder();
  const clock = manualClock();
  const progress = new Progress(createRenderer("plain", stream), clock);
  progress.update("payloads", 3, 10, "payloads");
  clock.advance(4999);
  progress.tick();
  expect(text()).toBe("");
  clock.advance(1);
  progress.tick();
  expect(text()).toBe("payloads: 3 of 10 payloads, 30 %, 0.6/s, 11.7 s left\n");
  clock.advance(5000);
  progress.tick();
  progress.finish();
  expect(text().split("\n").slice(1)).toEqual([
    "payloads: 3 of 10 payloads, 30 %, 0.3/s, 23.3 s left",
    "payloads: 3 payloads in 10.0 s",
    "",
  ]);
});

test("work that is done within the first interval shows nothing, except as JSON", () => {
  for (const [mode, expected] of [
    ["plain", ""],
    ["auto", ""],
    ["none", ""],
    ["json", '{"event":"progress","stage":"import","done":7,"unit":"blocks","elapsedMs":0,"finished":true}\n'],
  ] as const) {
    const { stream, text } = recorder();
    const progress = new Progress(createRenderer(mode, stream), manualClock());
    progress.update("import", 7, undefined, "blocks");
    progress.finish();
    expect([mode, text()]).toEqual([mode, expected]);
  }
});

test("on a terminal one line is painted over, fits the width, and makes way for other output", () => {
  const { stream, text } = recorder(50);
  const clock = manualClock();
  const progress = new Progress(createRenderer("auto", stream), clock);
  progress.update("blocks", 0, 100, "blocks");
  clock.advance(100);
  progress.update("blocks", 50, 100, "blocks");
  const [, painted] = text().split("\u001b[2K");
  expect(painted).toMatch(/^\[#{10}-{10}\] blocks: 50 of 100/);
  expect(painted!.length).toBeLessThan(50);
  progress.clear();
  expect(text().endsWith("\r\u001b[2K")).toBe(true);
  progress.finish();
  expect(text().endsWith("blocks: 50 blocks in 100 ms\n")).toBe(true);
});

test("a terminal that does not know its width gets lines all the same, and no bar without a total", () => {
  const { stream, text } = recorder(0);
  const clock = manualClock();
  const progress = new Progress(createRenderer("auto", stream), clock);
  clock.advance(200);
  progress.update("import", 0, undefined, "blocks");
  clock.advance(1000);
  progress.update("import", 2000, undefined, "blocks");
  expect(text()).toBe("\r\u001b[2Kimport: 2,000 blocks, 2,000/s");
  progress.close();
});

test("work that fails leaves no line that says it is finished", () => {
  const { stream, text } = recorder();
  const progress = new Progress(createRenderer("json", stream), manualClock());
  progress.update("blocks", 1, 2, "blocks");
  progress.close();
  progress.close();
  expect(text()).toBe("");
});
