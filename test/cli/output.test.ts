import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { growingChain } from "../../scripts/support/growingChain.ts";
import { SampleModel } from "../../scripts/support/sampleModel.ts";
import { EXIT } from "../../src/cli/framework/exitCodes.ts";
import { LAUNCHER, Workplace } from "./runCli.ts";
import { addAll, withChain } from "./sampleChain.ts";

/** Enough for an answer larger than any pipe holds, and for two ids with the same four digits. */
const BLOCKS = 2000;
const ESCAPE = "\u001b[";

let workplace: Workplace;
let ids: string[];
beforeAll(async () => {
  workplace = await Workplace.create();
  const model = new SampleModel({ quorum: 1 });
  const blocks = [...growingChain(model, BLOCKS)];
  ids = [model.meta, ...blocks].map(({ idHex }) => idHex);
  await withChain(workplace, async (chain) => {
    await model.publish(chain);
    await addAll(chain, blocks);
  });
});
afterAll(() => workplace.remove());

test("a prefix of several blocks is refused, and they are listed", async () => {
  const groups = Map.groupBy(ids, (id) => id.slice(0, 4));
  const [prefix, candidates] = [...groups].find(([, group]) => group.length > 1)!;
  const { code, stdout, stderr } = await workplace.run(["chain", "show", prefix]);
  expect([code, stdout]).toEqual([EXIT.usage, ""]);
  const lines = stderr.trimEnd().split("\n");
  expect(lines[0]).toBe(`error: hash: expected the digits of one block, got "${prefix}" with which several begin`);
  expect(lines.slice(1)).toEqual(candidates.toSorted().map((id) => `  ${id}`));
});

test.each([["--json"], ["-q"], []])("a reader that goes away is no error (chain ls %s)", async (...form) => {
  const result = await workplace.run(["chain", "ls", "--limit", "10000", ...form], {
    onStart: (child) => child.stdout!.destroy(),
  });
  expect([result.code, result.signal, result.stderr]).toEqual([0, null, ""]);
});

test("a long answer arrives whole through a pipe", async () => {
  const { stdout } = await workplace.run(["chain", "ls", "--json", "--limit", "10000"]);
  expect(stdout.length).toBeGreaterThan(1_000_000);
  expect((JSON.parse(stdout) as { blocks: unknown[] }).blocks.length).toBe(BLOCKS + 1);
});

const withDevFull = existsSync("/dev/full") ? test : test.skip;
withDevFull("a result that cannot be written is an error", async () => {
  const full = openSync("/dev/full", "w");
  const { code, stderr } = await workplace.run(["chain", "ls", "-q"], { stdout: full }).finally(() => closeSync(full));
  expect(code).toBe(EXIT.diskFull);
  expect(stderr).toContain("error: stdout: the result cannot be written");
});

test.each<[what: string, env: Record<string, string>, args: string[], colored: boolean]>([
  ["a pipe has none", {}, [], false],
  ["FORCE_COLOR=1 forces them", { FORCE_COLOR: "1" }, [], true],
  ["FORCE_COLOR=0 does not", { FORCE_COLOR: "0" }, [], false],
  ["NO_COLOR is stronger", { FORCE_COLOR: "1", NO_COLOR: "1" }, [], false],
  ["so is --no-color", { FORCE_COLOR: "1" }, ["--no-color"], false],
])("colours: %s", async (_what, env, args, colored) => {
  const list = await workplace.run(["chain", "ls", "--limit", "5", ...args], { env });
  expect(list.stdout.includes(ESCAPE)).toBe(colored);
  const mistake = await workplace.run(["chain", "ls", ...args, "--limit", "x"], { env });
  expect(mistake.stderr.includes(ESCAPE)).toBe(colored);
  expect(mistake.stderr).not.toContain("Warning");
});

test("JSON has no colours, whatever is forced", async () => {
  const { stdout } = await workplace.run(["chain", "ls", "--json"], { env: { FORCE_COLOR: "1" } });
  expect(stdout).not.toContain(ESCAPE);
});

const hasScript = spawnSync("script", ["--version"]).status === 0;
if (!hasScript) console.log("output: no `script` on this machine, the tests on a terminal are skipped");
const onTerminal = hasScript ? test : test.skip;

onTerminal.each([
  ["xterm", true],
  ["dumb", false],
])("colours on a terminal of kind %s: %s", (term, colored) => {
  const command = [process.execPath, LAUNCHER, "chain", "ls", "--limit", "5"].map((word) => `'${word}'`).join(" ");
  const env = { ...workplace.environment(), TERM: term };
  const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], {
    env,
    encoding: "utf8",
    cwd: workplace.path(),
  });
  expect(stdout).toContain("TYPE");
  expect(stdout.includes(ESCAPE)).toBe(colored);
});
