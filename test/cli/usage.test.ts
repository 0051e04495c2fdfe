import { writeFile } from "node:fs/promises";
import { commandTable } from "../../src/cli/commands.ts";
import { checkpoint } from "./checkpoints.ts";
import { type CliResult, Workplace } from "./runCli.ts";

const MODEL = checkpoint("olmoe");
let workplace: Workplace;
beforeAll(async () => {
  workplace = await Workplace.create();
  await writeFile(workplace.path("config.json"), '{ "http": { "prot": 1 } }');
  await writeFile(workplace.path("ids.json"), "[[1,2,3]]");
});
afterAll(() => workplace.remove());

/** What is typed, the exit code, and the sentence (a part of it) on stderr. */
const MISTAKES: readonly (readonly [args: string[], code: number, sentence: string])[] = [
  [["chian"], 2, 'there is no command "chian", did you mean "chain"?; run "ai-block --help"'],
  [["chain", "lss"], 2, 'there is no command "lss", did you mean "ls"?; run "ai-block chain --help"'],
  [["zzzzz"], 2, 'there is no command "zzzzz"; run "ai-block --help"'],
  [["chain", "ls", "--limt", "5"], 2, 'there is no option "--limt", did you mean "--limit"?; run "ai-block chain ls'],
  [["chain", "ls", "--date-dir=x"], 2, 'there is no option "--date-dir", did you mean "--data-dir"?'],
  [["chain", "ls", "--limit"], 2, "--limit: expected a value after it (--limit <n>), got none"],
  [["chain", "ls", "--limit", "0"], 2, '--limit: expected an integer from 1 to 10000, got "0"'],
  [["chain", "ls", "--type", "expret"], 2, 'got "expret", did you mean "expert"?'],
  [["chain", "ls", "--slot", "layer01.expert0"], 2, "--slot: expected a slot such as layer0.expert1"],
  [["chain", "ls", "--after", "5"], 2, '--after: expected HEIGHT:ID as an earlier answer gave it, got "5"'],
  [["chain", "ls", "--json", "-q"], 2, "--json: expected either --json or --quiet, got both"],
  [["chain", "ls", "extra"], 2, 'expected no arguments, got "extra"'],
  [["chain", "show"], 2, "hash: expected a value, got none"],
  [["chain", "show", ""], 2, "hash: expected a text of at least one character"],
  [["keygen", "--ask-passphrase"], 2, "expected a terminal to ask on, got none; name a file that holds the passphrase"],
  [["config", "print", "--log-level", "wran"], 2, "log.level (--log-level): expected one of trace, debug, info, warn"],
  [["config", "print", "--config", "config.json"], 3, 'there is no such option, did you mean "port"?'],
  [["config", "print", "--config", "none.json"], 3, "none.json: no such file or directory"],
  [["chain", "ls"], 1, 'found none; make one with "ai-block init" or "ai-block chain import"'],
  [["chain", "verify"], 1, 'make one with "ai-block init"'],
  [["chain", "repair", "--yes"], 1, 'make one with "ai-block init"'],
  [["chain", "repair"], 2, "chain repair: expected --yes, since there is no terminal to ask on"],
  [["chain", "import", "none"], 1, "none: no such file or folder"],
  [["init", "none.json"], 1, "none.json: no such file or folder"],
  // What only the model or the machine can tell is told of the flag too, not of what the parts below call it.
  [["run", MODEL, "-p", "hi", "--experts", "99"], 2, "error: --experts: expected an integer from 1 to 16, got 99"],
  [["run", MODEL, "-p", "hi", "--expert-budget", "1KiB"], 2, "error: --expert-budget: expected at least the"],
  [["run", MODEL, "--ids", "99999"], 2, "error: --ids: expected integers from 0 to 303, got 99999"],
  [["eval", MODEL, "--tokens", "ids.json", "--experts", "99"], 2, "error: --experts: expected an integer"],
  [
    ["train", MODEL, "--tokens", "ids.json", "--out", "out", "--expert", "layer9.expert0"],
    2,
    "error: --expert: expected",
  ],
  [
    ["start", "--model", MODEL, "--http-port", "0", "--data-dir", "other", "--engine-expert-budget", "1KiB"],
    2,
    "error: --engine-expert-budget: expected at least the",
  ],
];

test("every mistake is one clear sentence on stderr, with the exit code of its kind and nothing on stdout", async () => {
  const results = await inParallel(MISTAKES.map(([args]) => args));
  for (const [i, [args, code, sentence]] of MISTAKES.entries()) {
    const result = results[i]!;
    expect([args, result.code, result.stdout]).toEqual([args, code, ""]);
    expect(result.stderr).toContain(sentence);
    expect(result.stderr).toMatch(/^error: /);
    expect(result.stderr).not.toMatch(/\n\s+at /);
  }
});

test("a wrong variable is a mistake of the configuration; an unknown one gives a warning", async () => {
  const wrong = await workplace.run(["config", "print", "--http-port", "x"], { env: { AI_BLOCK_NETWORK: "NO!" } });
  expect(wrong.code).toBe(3);
  expect(wrong.stderr).toContain("configuration: 2 mistakes");
  const unknown = await workplace.run(["config", "print"], { env: { AI_BLOCK_HTTP_PROT: "1" } });
  expect(unknown.code).toBe(0);
  expect(unknown.stderr).toBe(
    'warning: the variable AI_BLOCK_HTTP_PROT means nothing, did you mean "AI_BLOCK_HTTP_PORT"?\n',
  );
});

test("the stack of an error is shown with --log-level debug only", async () => {
  const { stderr, code } = await workplace.run(["chain", "ls", "--log-level", "debug"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: .*\nAiBlockError: .*\n\s+at /);
});

test("help goes to stdout and names every command, its examples and its exit codes", async () => {
  const [root, leaf, group, asWord, bare] = (await inParallel([
    ["--help"],
    ["chain", "ls", "--help"],
    ["chain"],
    ["help", "chain", "ls"],
    [],
  ])) as [CliResult, CliResult, CliResult, CliResult, CliResult];
  expect([root.code, root.stderr]).toEqual([0, ""]);
  for (const { name, summary } of commandTable.commands) {
    expect(root.stdout).toMatch(new RegExp(`^ {2}${name} +${summary.replaceAll(".", "\\.")}$`, "m"));
  }
  expect(leaf.stdout).toMatch(/^Usage: ai-block chain ls \[options\]/);
  for (const part of ["Examples:", "Exit codes:", "--from-height <n>", "-q, --quiet", "Default: 20", "--data-dir"]) {
    expect(leaf.stdout).toContain(part);
  }
  expect(leaf.stdout).not.toContain("--http-port");
  expect(asWord.stdout).toBe(leaf.stdout);
  expect(bare).toEqual(root);
  // A group alone is no command: its help is an answer to a mistake.
  expect([group.code, group.stdout]).toEqual([2, ""]);
  expect(group.stderr).toContain("chain verify");
});

/** A few processes at a time. */
async function inParallel(commands: readonly string[][]): Promise<CliResult[]> {
  const results: CliResult[] = [];
  for (let at = 0; at < commands.length; at += 4) {
    results.push(...(await Promise.all(commands.slice(at, at + 4).map((args) => workplace.run(args)))));
  }
  return results;
}
