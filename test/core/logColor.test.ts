import { spawnSync } from "node:child_process";

const SCRIPT = `
import { createLogger } from ${JSON.stringify(new URL("../../src/core/logger.ts", import.meta.url).href)};
createLogger({ format: "text" }).log.info("hello");
`;

/** What a process with these variables writes into its pipes. */
function run(variables: Record<string, string>): { stdout: string; stderr: string } {
  const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module-typescript", "-e", SCRIPT], {
    env: { ...env, ...variables },
    encoding: "utf8",
  });
  return { stdout, stderr };
}

test("logs go to stderr, without colour in a pipe or with NO_COLOR, with colour when it is forced", () => {
  const line = /^\d\d:\d\d:\d\d\.\d{3} INFO {2}hello\n$/;
  expect(run({})).toEqual({ stdout: "", stderr: expect.stringMatching(line) });
  expect(run({ NO_COLOR: "1" }).stderr).toMatch(line);
  expect(run({ FORCE_COLOR: "1" }).stderr).toContain("\u001b[32mINFO");
});
