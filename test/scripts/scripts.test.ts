import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { benchmarks } from "../../scripts/bench/table.ts";
import type { Script } from "../../scripts/support/script.ts";
import { runFromTable, type ScriptTable } from "../../scripts/support/scriptTable.ts";
import { tortures } from "../../scripts/torture/table.ts";
import { flagOf } from "../../src/cli/framework/option.ts";
import { ROOT } from "../sourceFiles.ts";

/** What a script prints in this process. */
class Captured extends Writable {
  text = "";

  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.text += String(piece);
    done();
  }
}

async function call(table: ScriptTable<unknown>, args: readonly string[]) {
  const [stdout, stderr] = [new Captured(), new Captured()];
  const streams = { stdout, stderr } as unknown as Parameters<typeof runFromTable>[2];
  const { exit } = await runFromTable(table, args, streams);
  return { exit, out: stdout.text, err: stderr.text };
}

function start(file: string, ...args: string[]): Promise<{ exit: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [join(ROOT, "scripts", file), ...args], { cwd: ROOT });
  let [out, err] = ["", ""];
  child.stdout.on("data", (piece: Buffer) => {
    out += String(piece);
  });
  child.stderr.on("data", (piece: Buffer) => {
    err += String(piece);
  });
  return new Promise((resolve) => {
    child.on("close", (exit) => resolve({ exit, out, err }));
  });
}

const TABLES: readonly (readonly [folder: string, ScriptTable<unknown>])[] = [
  ["bench", benchmarks],
  ["torture", tortures],
];
const SCRIPTS = TABLES.flatMap(([, table]) =>
  [...table.scripts].map(([name, { load }]) => ({ called: `${table.command} ${name}`, table, name, load })),
);
const ONE_SENTENCE = /^error: [^\n]+\n$/;
const NOT_SCRIPTS = ["run.ts", "table.ts", "report.ts"];

test.each(TABLES)("every file of scripts/%s is a name that can be called", (folder, table) => {
  const files = readdirSync(join(ROOT, "scripts", folder)).filter((file) => file.endsWith(".ts"));
  const names = files.filter((file) => !NOT_SCRIPTS.includes(file)).map((file) => file.slice(0, -".ts".length));
  expect([...table.scripts.keys()]).toEqual(names.sort());
});

test.each(SCRIPTS)(
  "$called --help says what it does and every option with its default, and ends with 0",
  async ({ table, name, load }) => {
    const { script } = await load();
    const { exit, out, err } = await call(table, [name, "--help"]);
    const text = plain(out);
    expect([exit, err]).toEqual([0, ""]);
    expect(text).toContain(`Usage: ${table.command} ${name} [options]`);
    expect(text).toContain(plain(script.description));
    for (const [key, { description, fallback, fallbackText }] of Object.entries(script.options)) {
      expect(text).toContain(flagOf(key));
      expect(text).toContain(plain(description));
      if (typeof fallback === "number") expect(text).toContain(`Default: ${fallback}.`);
      if (fallbackText !== undefined) expect(text).toContain(plain(`Default: ${fallbackText}.`));
    }
  },
);

test.each(SCRIPTS)(
  "$called: a mistake is one sentence and exit code 2, and nothing is run",
  async ({ table, name, load }) => {
    const mistakes = [["--nope"], ["word"], ...mistakesIn(await load().then(({ script }) => script))];
    for (const args of mistakes) {
      const { exit, out, err } = await call(table, [name, ...args]);
      expect([exit, out, err]).toEqual([2, "", expect.stringMatching(ONE_SENTENCE)]);
      expect(err).toContain(args[0]);
    }
  },
);

/** For each option that takes a value: none at all, and one that cannot be read where not every text can. */
function mistakesIn({ options }: Script<unknown>): string[][] {
  return Object.entries(options).flatMap(([key, { value }]) => {
    if (value === undefined) return [];
    const anyText = ["dir", "file"].includes(value);
    return [[flagOf(key)], [flagOf(key), anyText ? "" : "0x?"]];
  });
}

test.each(["bench/run.ts", "torture/run.ts"])(
  "%s lists its names, also where none or an unknown one is called",
  async (file) => {
    const [table] = TABLES.filter(([folder]) => file.startsWith(folder)).map(([, each]) => each);
    const [help, none, unknown] = await Promise.all([start(file, "--help"), start(file), start(file, "engines")]);
    expect([help.exit, none.exit, unknown.exit]).toEqual([0, 2, 2]);
    expect([help.err, none.out, unknown.out]).toEqual(["", "", ""]);
    for (const name of table!.scripts.keys()) {
      for (const text of [help.out, none.err, unknown.err]) expect(text).toContain(name);
    }
    expect(none.err).toMatch(ONE_SENTENCE);
    expect(unknown.err).toContain('did you mean "engine"?');
  },
);

test.each([
  ["bench/run.ts", ["engine", "--peer", "nowhere"], 2, "--peer"],
  ["bench/run.ts", ["http", "--checkpoint", "nowhere"], 2, "--checkpoint"],
  ["bench/run.ts", ["quality", "--checkpoint", "test/fixtures/checkpoints/bad/nan-weights"], 6, "nan-weights"],
  ["demo/stats.ts", ["--conversations", "1"], 2, "corpus"],
])("what %s %j finds out only after its start is told in the same way", async (file, args, code, word) => {
  const { exit, err } = await start(file, ...args);
  expect(exit).toBe(code);
  expect(err).toMatch(/^(?:[a-z]+: .* …\n)?error: [^\n]+\n$/);
  expect(err).toContain(word);
});

test.each(["train", "stats", "card", "scoreFolder"])("demo/%s.ts: help ends with 0, a mistake with 2", async (name) => {
  const [help, mistake] = await Promise.all([start(`demo/${name}.ts`, "--help"), start(`demo/${name}.ts`, "--nope")]);
  expect([help.exit, help.err]).toEqual([0, ""]);
  expect(help.out).toMatch(/^Usage: .*Options:.*Default: /s);
  expect([mistake.exit, mistake.out, mistake.err]).toEqual([2, "", expect.stringMatching(ONE_SENTENCE)]);
});

/** Lines are broken where the terminal ends. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
