/** A file of tests that never ends is reported as failed, and keeps no other from running. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode } from "../src/core/errors.ts";
import { collect } from "./cli/runCli.ts";
import { limitFromEnvironment } from "./fileLimit.ts";
import { ROOT } from "./sourceFiles.ts";

const FILES = {
  "awaits.test.js": 'test("comes to its end", () => {});\ntest("waits for ever", () => new Promise(() => {}));',
  // With a process of its own, which would go on.
  "loops.test.js": `import { spawn } from "node:child_process";
    import { writeFileSync } from "node:fs";
    test("loops for ever", () => {
      const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
      writeFileSync(new URL("pid", import.meta.url), String(child.pid));
      for (;;);
    });`,
  "one.test.js": 'test("one", () => {});',
  "two.test.js": 'test("two", () => {});',
};

/** Resolves when there is no such process; one that was killed is there until its parent has taken notice. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch (error) {
      if (errorCode(error) === "ESRCH") return;
      throw error;
    }
    await sleep(20);
  }
}

test("files that wait or loop for ever are ended with the processes that they started, and named; the others run", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ai-block-limit-"));
  try {
    for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text);
    const config = {
      rootDir: folder,
      runner: join(ROOT, "test", "runner.js"),
      setupFiles: [join(ROOT, "test", "setup.ts")],
      testMatch: ["**/*.test.js"],
      maxWorkers: 2,
    };
    await writeFile(join(folder, "package.json"), '{"type":"module"}');
    await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
    const jest = [join(ROOT, "node_modules/jest/bin/jest.js"), "--config", JSON.stringify(config), "--no-cache"];
    const { code, stderr } = await collect(
      spawn(process.execPath, jest, { cwd: folder, env: { ...process.env, TEST_FILE_LIMIT_S: "3" } }),
    );
    expect([code, stderr]).toEqual([1, expect.stringContaining("Test Suites: 2 failed, 2 passed, 4 total")]);
    const message = "not over after 3 s (TEST_FILE_LIMIT_S), so its process was ended;";
    expect(stderr).toContain(`${message} it was at or after: waits for ever`);
    expect(stderr).toContain(`${message} it does not say at which test`);
    await gone(Number(await readFile(join(folder, "pid"), "utf8")));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("the limit is ten minutes unless the environment says otherwise", () => {
  expect(limitFromEnvironment(undefined)).toBe(limitFromEnvironment("600"));
  expect(limitFromEnvironment("2.5")).toBe(2.5);
  for (const text of ["0", "-1", "soon"]) expect(() => limitFromEnvironment(text)).toThrow(`got ${text}`);
});
