import { writeFile } from "node:fs/promises";
import { command } from "../../src/cli/eval.ts";
import { EXIT } from "../../src/cli/framework/exitCodes.ts";
import { checkpoint, difference, readTraining } from "./checkpoints.ts";
import { Workplace } from "./runCli.ts";

interface EvalJson {
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

/** The file's contents, the options, and a part of the sentence. */
const MISTAKES: readonly (readonly [content: string, args: string[], code: number, sentence: string])[] = [
  ["", ["--tokens", "input"], EXIT.failed, "input: expected JSON ("],
  ["[]", ["--tokens", "input"], EXIT.failed, "expected an array of arrays of token ids, got none"],
  ["[1,2]", ["--tokens", "input"], EXIT.failed, "[0]: expected an array of token ids, got 1"],
  [
    "[[1,2],[3]]",
    ["--tokens", "input"],
    EXIT.failed,
    "[1]: expected at least 2 ids, of which the last is predicted, got 1",
  ],
  ["[[1,320]]", ["--tokens", "input"], EXIT.failed, "[0][1]: expected a token id from 0 to 319, got 320"],
  ['[[1,"2"]]', ["--tokens", "input"], EXIT.failed, '[0][1]: expected a token id from 0 to 319, got "2"'],
  [
    JSON.stringify([Array(513).fill(1)]),
    ["--tokens", "input"],
    EXIT.failed,
    "at most the model's 512 positions, got 513",
  ],
  ["", ["--text", "input"], EXIT.failed, "input: expected a text of at least 2 tokens"],
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
