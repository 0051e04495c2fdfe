import { lstat, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SmallDisk } from "../../scripts/support/smallDisk.ts";
import { EXIT } from "../../src/cli/framework/exitCodes.ts";
import { STATE_FILE } from "../../src/cli/train/target.ts";
import { command } from "../../src/cli/train.ts";
import { exportFixture } from "../moe/export/ggufExport.ts";
import { type Gold, readGold } from "../moe/training/gold.ts";
import { checkpoint, difference } from "./checkpoints.ts";
import { Workplace, waitForError } from "./runCli.ts";

interface TrainJson {
  readonly trained: string;
  readonly resumedAt: number;
  readonly steps: readonly { readonly step: number; readonly loss: number }[];
  readonly loss: number;
  readonly files: readonly string[];
}

const gold: Gold = readGold("olmoe");
const MODEL = checkpoint("olmoe");
const BATCH = ["--tokens", "batch.json"];

let workplace: Workplace;
beforeAll(async () => {
  workplace = await Workplace.create();
  await writeFile(workplace.path("batch.json"), JSON.stringify(gold.batch));
});
afterAll(() => workplace.remove());

async function trainJson(...args: string[]): Promise<TrainJson> {
  const json = await workplace.json(["train", MODEL, ...BATCH, ...args]);
  expect(command.json!.parse(json)).toEqual(json);
  return json as TrainJson;
}

const curveOf = ({ steps, loss }: TrainJson): number[] => [...steps.map((step) => step.loss), loss];

test("losses before each step and after the last are the reference library's, and the folder holds that model", async () => {
  const { lr, weight_decay, steps, losses } = gold.full_adamw;
  const options = ["--steps", String(steps), "--lr", String(lr), "--weight-decay", String(weight_decay)];
  const report = await trainJson(...options, "--out", "all");
  expect(report).toMatchObject({ trained: "all", resumedAt: 0 });
  expect(difference(curveOf(report), losses)).toBeLessThan(3e-4);
  expect((await readdir(workplace.path("all"))).sort()).toEqual([...report.files].sort());
  expect(report.files).toEqual(expect.arrayContaining(["config.json", "model.safetensors", "tokenizer.json"]));
  const { loss } = (await workplace.json(["eval", workplace.path("all"), ...BATCH])) as { loss: number };
  expect(Math.abs(loss - report.loss)).toBeLessThan(1e-4);
});

test("one expert: the reference library's curve, shown as lines of text", async () => {
  const { lr, weight_decay, steps, losses, layer, expert } = gold.expert_adamw;
  const args = ["--steps", String(steps), "--lr", String(lr), "--weight-decay", String(weight_decay)];
  const { code, stdout } = await workplace.run([
    "train",
    MODEL,
    ...BATCH,
    ...args,
    "--expert",
    `layer${layer}.expert${expert}`,
    "--out",
    "one",
  ]);
  expect(code).toBe(0);
  const lines = stdout.trim().split("\n");
  expect(lines.at(-1)).toMatch(/^after 20 steps: loss /);
  const shown = lines.map((line) => Number(/loss ([0-9.]+)$/.exec(line)?.[1]));
  expect(difference(shown, losses)).toBeLessThan(1e-4);
});

test("Ctrl-C saves and ends cleanly; the same command goes on with the losses of an uninterrupted run", async () => {
  const options = ["--steps", "240", "--lr", "0.01", "--batch", "2", "--warmup", "3", "--cosine", "--threads", "2"];
  const whole = await trainJson(...options, "--out", "whole");
  const args = ["train", MODEL, ...BATCH, ...options, "--out", "parts"];
  const stopped = await workplace.run([...args, "--progress", "json"], {
    onStart: (child) => void waitForError(child, '"stage":"training"').then(() => child.kill("SIGINT")),
  });
  expect(stopped.code).toBe(EXIT.interrupted);
  expect(stopped.stderr).toMatch(
    /training\.state: the state after \d+ of 240 steps; the same command goes on from it\n/,
  );
  expect(await readdir(workplace.path("parts"))).toEqual([STATE_FILE]);
  const rest = await trainJson(...options, "--out", "parts");
  const done = stopped.stdout
    .trim()
    .split("\n")
    .map((line) => Number(/loss ([0-9.]+)$/.exec(line)?.[1]));
  expect(rest.resumedAt).toBe(done.length);
  expect(curveOf(rest)).toEqual(curveOf(whole).slice(done.length));
  expect(difference(done, curveOf(whole).slice(0, done.length))).toBeLessThan(1e-6);
  const [a, b] = await Promise.all(
    ["whole", "parts"].map((name) => readFile(workplace.path(name, "model.safetensors"))),
  );
  expect(a!.equals(b!)).toBe(true);
  expect(await readdir(workplace.path("parts"))).not.toContain(STATE_FILE);
});

test("a loss that is no longer finite ends the run and leaves the last good checkpoint; another rate needs --force", async () => {
  const args = ["train", MODEL, ...BATCH, "--out", "exploded", "--steps", "9"];
  const exploded = await workplace.run([...args, "--lr", "1e6", "--json"]);
  expect(exploded.code).toBe(EXIT.failed);
  expect(JSON.parse(exploded.stdout)).toMatchObject({
    error: {
      code: expect.stringMatching(/^(loss|gradient)_not_finite$/),
      message: expect.stringMatching(/holds the state/),
    },
  });
  expect(await readdir(workplace.path("exploded"))).toEqual(
    expect.arrayContaining([STATE_FILE, "config.json", "model.safetensors"]),
  );
  const evaluated = await workplace.run(["eval", "exploded", ...BATCH, "--json"]);
  expect([evaluated.code, Number.isFinite(JSON.parse(evaluated.stdout).loss)]).toEqual([EXIT.ok, true]);
  const other = await workplace.run([...args, "--lr", "1e-3"]);
  expect([other.code, other.stderr]).toEqual([EXIT.failed, expect.stringContaining("--force starts anew")]);
  const forced = await trainJson("--out", "exploded", "--steps", "2", "--lr", "1e-3", "--force");
  expect(forced).toMatchObject({ resumedAt: 0, steps: [{ step: 1 }, { step: 2 }] });
});

/** The token file's contents, the options, and a part of the sentence. */
const MISTAKES: readonly (readonly [content: string, args: string[], code: number, sentence: string])[] = [
  ["[]", ["--out", "new"], EXIT.verification, "input: expected an array of arrays of token ids, got none"],
  ["[[1]]", ["--out", "new"], EXIT.verification, "[0]: expected at least 2 ids"],
  ["[[1,99999]]", ["--out", "new"], EXIT.verification, "[0][1]: expected a token id from 0 to"],
  ["[[1,2]]", [], EXIT.usage, "--out: expected a folder to write to, got none"],
  ["[[1,2]]", ["--out", MODEL], EXIT.usage, "--out: expected another folder than the model's"],
  ["[[1,2]]", ["--out", "."], EXIT.failed, "expected an empty folder or an interrupted run, got"],
  [
    "[[1,2]]",
    ["--out", "new", "--expert", "layer1"],
    EXIT.usage,
    "--expert: expected an expert such as layer1.expert3",
  ],
  ["[[1,2]]", ["--out", "new", "--expert", "layer1.expert99"], EXIT.usage, "expected an expert of the model"],
  ["[[1,2]]", ["--out", "new", "--expert", "layer1.expert1", "--aux-loss", "1"], EXIT.usage, "--aux-loss: "],
  ["[[1,2]]", ["--out", "new", "--lr", "-1"], EXIT.usage, "--lr: expected a number from"],
];

test("every mistake names its place", async () => {
  for (const [content, args, code, sentence] of MISTAKES) {
    await writeFile(workplace.path("input"), content);
    const result = await workplace.run(["train", MODEL, "--tokens", "input", ...args]);
    expect([args, result.code, result.stdout]).toEqual([args, code, ""]);
    expect(result.stderr).toContain(sentence);
    expect(result.stderr).toMatch(/^error: [^\n]*\n$/);
  }
  expect(await readdir(workplace.path())).not.toContain("new");
});

test("a checkpoint that is refused or cannot be written back is refused before training", async () => {
  const run = async (model: string) => {
    const { code, stdout } = await workplace.run(["train", model, ...BATCH, "--out", "refused", "--json"]);
    return [code, (JSON.parse(stdout) as { error: { code: string } }).error.code];
  };
  expect(await run(checkpoint("bad", "lfs-pointer"))).toEqual([EXIT.verification, "file_is_lfs_pointer"]);
  expect(await run(checkpoint("gpt_oss-mxfp4"))).toEqual([EXIT.failed, "arrangement_unsupported"]);
  await exportFixture("olmoe", workplace.path("model.gguf"), { type: "f16", allowDifferences: true });
  expect(await run("model.gguf")).toEqual([EXIT.usage, "usage"]);
  expect(await readdir(workplace.path())).not.toContain("refused");
});

test("a folder whose files are links is trained, and its tokenizer goes along", async () => {
  await mkdir(workplace.path("links"));
  for (const name of await readdir(MODEL)) await symlink(join(MODEL, name), workplace.path("links", name));
  const args = ["train", "links", ...BATCH, "--steps", "1", "--out", "from-links"];
  const { files } = (await workplace.json(args)) as TrainJson;
  expect(files).toEqual(expect.arrayContaining(["config.json", "model.safetensors", "tokenizer.json"]));
  expect((await lstat(workplace.path("from-links", "tokenizer.json"))).isFile()).toBe(true);
});

const disk = await SmallDisk.mount(4 * 2 ** 20);
afterAll(() => disk?.unmount());

(disk === undefined ? test.skip : test)(
  "on a full disk nothing is lost: with room, the same command goes on",
  async () => {
    const out = join(disk!.folder, "out");
    const args = ["--expert", "layer1.expert3", "--steps", "3", "--out", out];
    const full = async (left: number) => {
      await disk!.fill(left);
      const { code, stdout } = await workplace.run(["train", MODEL, ...BATCH, ...args, "--json"]);
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: "disk_full", message: expect.stringContaining(out) } });
      expect(code).toBe(EXIT.diskFull);
    };
    await full(8192);
    await disk!.empty();
    // Room for the state of one expert, and not for the checkpoint.
    await full(600_000);
    expect(await readdir(out)).toContain(STATE_FILE);
    await disk!.empty();
    const report = await trainJson(...args);
    expect([report.resumedAt, report.steps]).toEqual([3, []]);
    expect(await readdir(out)).not.toContain(STATE_FILE);
  },
);
