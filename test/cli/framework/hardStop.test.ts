/** A process that does not end by itself is ended, and one that does is left alone. */
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../../sourceFiles.ts";
import { collect, Workplace } from "../runCli.ts";

let workplace: Workplace;
beforeEach(async () => {
  workplace = await Workplace.create();
});
afterEach(() => workplace.remove());

async function exitCode(after: string, limitMs = 200): Promise<number | null> {
  const script = workplace.path("script.ts");
  const module = JSON.stringify(join(ROOT, "src", "cli", "framework", "hardStop.ts"));
  await writeFile(
    script,
    `import { limitEnding } from ${module};
     const abort = new AbortController();
     const callOff = limitEnding(abort.signal, ${limitMs}, () => process.exit(7));
     ${after}`,
  );
  return (await collect(spawn(process.execPath, [script], { stdio: "ignore" }))).code;
}

test("what hangs after the abort is quit when its time is over", async () => {
  expect(await exitCode("setInterval(() => {}, 1000); abort.abort();")).toBe(7);
});

test("without an abort, called off, or when nothing is left to do, the process ends by itself", async () => {
  const work = "setTimeout(() => {}, 400);";
  expect(await exitCode(work)).toBe(0);
  expect(await exitCode(`${work} abort.abort(); callOff();`)).toBe(0);
  expect(await exitCode(`${work} callOff(); abort.abort();`)).toBe(0);
  expect(await exitCode("abort.abort();", 60_000)).toBe(0);
});

test("time in which the process cannot run is not counted", async () => {
  // As after SIGCONT: the clock has gone on, and everything is due at once.
  const paused = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);";
  expect(await exitCode(`abort.abort(); setTimeout(() => {}, 0); ${paused}`, 500)).toBe(0);
});
