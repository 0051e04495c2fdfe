import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeSyntheticFolder } from "../../scripts/bench/synthetic/safetensors.ts";
import { command } from "../../src/cli/eval.ts";
import { EXIT } from "../../src/cli/framework/exitCodes.ts";
import { MAX_INPUT_BYTES, readInput } from "../../src/cli/framework/readInput.ts";
import { checkpoint, difference, readTraining } from "./checkpoints.ts";
import { Workplace } from "./runCli.ts";

interface EvalJson {
  readonly settings: { readonly precision: string };
  readonly loss: number;
  readonly perplexity: number;
  readonly sequences: number;
  readonly tokens: number;
  readonly perSequence: readonly { readonly tokens: number; readonly loss: number }[];
}

let workplace: Workplace;
beforeAll(async () => {
  workplace = await Workplace.create();
});
afterAll(() => workplace.remove());

async function evalJson(name: string, ...args: string[]): Promise<EvalJson> {
  const json = await workplace.json(["eval", checkpoint(name), ...args]);
  expect(command.json!.parse(json)).toEqual(json);
  return json as EvalJson;
}

test.each(["olmoe", "qwen2moe"])("%s: the loss is the reference library's", async (name) => {
  const { batch, loss0, loss_per_sequence, evaluation } = readTraining(name);
  await writeFile(workplace.path("batch.json"), JSON.stringify(batch));
  await writeFile(workplace.path("evaluation.json"), JSON.stringify(evaluation.batch));
  const [first, oneByOne, other] = await Promise.all([
    evalJson(name, "--tokens", "batch.json"),
    evalJson(name, "--tokens", "batch.json", "--batch", "1"),
    evalJson(name, "--tokens", "evaluation.json"),
  ]);
  for (const { loss, perplexity, tokens, perSequence } of [first, oneByOne]) {
    expect(Math.abs(loss - loss0)).toBeLessThan(1e-4);
    expect(perplexity).toBe(Math.exp(loss));
    expect(tokens).toBe(4 * 23);
    expect(
      difference(
        perSequence.map((one) => one.loss),
        loss_per_sequence,
      ),
    ).toBeLessThan(1e-4);
  }
  expect(Math.abs(other.loss - evaluation.loss_original)).toBeLessThan(1e-4);
});

test("the mean is over tokens, not over sequences, whatever the batches", async () => {
  const [long, other] = readTraining("mixtral").batch as [number[], number[]];
  await writeFile(workplace.path("uneven.json"), JSON.stringify([long, other.slice(0, 3)]));
  const [together, apart] = await Promise.all([
    evalJson("mixtral", "--tokens", "uneven.json"),
    evalJson("mixtral", "--tokens", "uneven.json", "--batch", "1"),
  ]);
  const [a, b] = together.perSequence as [{ tokens: number; loss: number }, { tokens: number; loss: number }];
  expect([a.tokens, b.tokens]).toEqual([23, 2]);
  expect(together.loss).toBeCloseTo((a.loss * 23 + b.loss * 2) / 25, 6);
  expect(apart.loss).toBeCloseTo(together.loss, 5);
});

test("a text is cut into sequences of --context ids", async () => {
  await writeFile(workplace.path("text.txt"), "The quick brown fox jumps over the lazy dog. ".repeat(8));
  const [cut, whole] = await Promise.all([
    evalJson("qwen3moe", "--text", "text.txt", "--context", "16"),
    evalJson("qwen3moe", "--text", "text.txt"),
  ]);
  expect(whole.sequences).toBeLessThan(cut.sequences);
  expect(cut.perSequence.slice(0, -1).every(({ tokens }) => tokens === 15)).toBe(true);
  const shown = await workplace.run(["eval", checkpoint("qwen3moe"), "--text", "text.txt", "--context", "16"]);
  expect(shown.stdout).toContain(`loss ${cut.loss.toFixed(6)}, perplexity `);
  expect(shown.stdout).toMatch(/^sequence 0: loss [\d.]+ over 15 tokens$/m);
});

test("progress is told as JSON lines on stderr", async () => {
  await writeFile(workplace.path("many.json"), JSON.stringify(readTraining("mixtral").batch));
  const args = ["eval", checkpoint("mixtral"), "--tokens", "many.json", "--batch", "1", "--progress", "json"];
  const { stderr } = await workplace.run(args);
  const events = stderr.split("\n").filter((line) => line.startsWith("{"));
  expect(JSON.parse(events.at(-1)!)).toMatchObject({ stage: "evaluation", done: 92, total: 92, finished: true });
});

test("q8 and q4 are near float32, q8 nearer, and what was prepared once is used again", async () => {
  // Larger than the fixtures: those gain nothing from quantising and stay float32.
  const shape = { layers: 2, hidden: 256, heads: 4, experts: 4, topK: 2, expertHidden: 256, vocabulary: 600 };
  await writeSyntheticFolder({ name: "wide", maxPositions: 64, ...shape }, "f16", workplace.path("wide"));
  const sequences = [0, 1].map((seed) => Array.from({ length: 40 }, (_, i) => 300 + ((i * 37 + seed * 101) % 300)));
  await writeFile(workplace.path("wide.json"), JSON.stringify(sequences));
  const evaluate = async (...args: string[]): Promise<EvalJson> =>
    (await workplace.json(["eval", "wide", "--tokens", "wide.json", ...args])) as EvalJson;
  const prepared = join(workplace.data, "cache", "prepared");
  // Compiled code has a folder of its own beside them.
  const listed = async () => (await readdir(prepared)).filter((name) => name !== "compiled");
  const [exact, eight] = [await evaluate(), await evaluate("--precision", "q8")];
  const files = await listed();
  const [again, four] = [await evaluate("--precision", "q8"), await evaluate("--precision", "q4")];
  const off = (one: EvalJson): number => Math.abs(one.loss - exact.loss);
  expect([exact, eight, four].map(({ settings }) => settings.precision)).toEqual(["f32", "q8", "q4"]);
  expect(off(eight)).toBeGreaterThan(0);
  expect(off(eight)).toBeLessThan(0.01);
  expect(off(four)).toBeGreaterThan(off(eight));
  expect(off(four)).toBeLessThan(0.2);
  expect(again.loss).toBe(eight.loss);
  expect(files.length).toBeGreaterThan(0);
  expect(files.every((name) => name.endsWith(".prepared"))).toBe(true);
  // q4 has files of its own beside those of q8; the second run with q8 made none.
  expect((await listed()).length).toBe(2 * files.length);
});

/** The file's contents, the options, and a part of the sentence. */
const MISTAKES: readonly (readonly [content: string, args: string[], code: number, sentence: string])[] = [
  ["", ["--tokens", "input"], EXIT.verification, "input: expected JSON ("],
  ["[]", ["--tokens", "input"], EXIT.verification, "expected an array of arrays of token ids, got none"],
  ['{"a":1}', ["--tokens", "input"], EXIT.verification, "expected an array of arrays of token ids, got an object"],
  ["[{}]", ["--tokens", "input"], EXIT.verification, "[0]: expected an array of token ids, got an object"],
  ["[1,2]", ["--tokens", "input"], EXIT.verification, "[0]: expected an array of token ids, got 1"],
  [
    "[[1,2],[3]]",
    ["--tokens", "input"],
    EXIT.verification,
    "[1]: expected at least 2 ids, of which the last is predicted, got 1",
  ],
  ["[[1,320]]", ["--tokens", "input"], EXIT.verification, "[0][1]: expected a token id from 0 to 319, got 320"],
  ['[[1,"2"]]', ["--tokens", "input"], EXIT.verification, '[0][1]: expected a token id from 0 to 319, got "2"'],
  [
    JSON.stringify([Array(513).fill(1)]),
    ["--tokens", "input"],
    EXIT.verification,
    "at most the model's 512 positions, got 513",
  ],
  ["", ["--text", "input"], EXIT.verification, "input: expected a text of at least 2 tokens"],
  ["x", ["--tokens", "none.json"], EXIT.failed, "none.json: no such file or folder"],
  ["x", [], EXIT.usage, "--tokens: expected either --tokens or --text, got none"],
  ["x", ["--tokens", "input", "--text", "input"], EXIT.usage, "got both"],
  ["x", ["--text", "input", "--context", "4000"], EXIT.usage, "--context: expected at most the model's 512 positions"],
];

test("every mistake names its place", async () => {
  for (const [content, args, code, sentence] of MISTAKES) {
    await writeFile(workplace.path("input"), content);
    const result = await workplace.run(["eval", checkpoint("mixtral"), ...args]);
    expect([args, result.code, result.stdout]).toEqual([args, code, ""]);
    expect(result.stderr).toContain(sentence);
    expect(result.stderr).toMatch(/^error: [^\n]*\n$/);
  }
});

test("a refused model is JSON too", async () => {
  await writeFile(workplace.path("two.json"), "[[1,2]]");
  const { code, stdout } = await workplace.run([
    "eval",
    checkpoint("bad", "lfs-pointer"),
    "--tokens",
    "two.json",
    "--json",
  ]);
  expect(code).toBe(EXIT.verification);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "file_is_lfs_pointer" } });
});

test("what the system refuses has a stable code in JSON, with the system's own beside it", async () => {
  const result = await workplace.run(["eval", checkpoint("mixtral"), "--tokens", "nowhere.json", "--json"]);
  expect(result.code).toBe(EXIT.failed);
  expect(JSON.parse(result.stdout)).toEqual({
    error: {
      code: "file_missing",
      message: `${workplace.path("nowhere.json")}: no such file or folder`,
      data: { systemCode: "ENOENT" },
    },
  });
});

test("an input that is no plain file is named, and one without an end is read up to the limit", async () => {
  const folder = await workplace.run(["eval", checkpoint("mixtral"), "--tokens", workplace.data]);
  expect([folder.code, folder.stderr]).toEqual([
    EXIT.verification,
    `error: ${workplace.data}: expected a file, got a folder\n`,
  ]);
  if (process.platform !== "linux") return;
  await expect(readInput("/dev/zero")).rejects.toMatchObject({
    code: "input_too_long",
    message: `/dev/zero: expected at most ${MAX_INPUT_BYTES} bytes, got more`,
  });
  const stopped = new DOMException("stopped", "AbortError");
  await expect(readInput("/dev/zero", { signal: AbortSignal.abort(stopped) })).rejects.toBe(stopped);
});
