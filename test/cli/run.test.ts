import { spawnSync } from "node:child_process";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type * as z from "zod";
import { EXIT } from "../../src/cli/framework/exitCodes.ts";
import type { RunJson } from "../../src/cli/run/runJson.ts";
import { traceJson } from "../../src/cli/run/traceFile.ts";
import { command } from "../../src/cli/run.ts";
import { checkpoint, detailOf, difference, readReference } from "./checkpoints.ts";
import { LAUNCHER, Workplace } from "./runCli.ts";

type Trace = z.infer<typeof traceJson>;

let workplace: Workplace;
beforeAll(async () => {
  workplace = await Workplace.create();
});
afterAll(() => workplace.remove());

async function runJson(name: string, ...args: string[]): Promise<RunJson> {
  const json = await workplace.json(["run", checkpoint(name), ...args]);
  expect(command.json!.parse(json)).toEqual(json);
  return json as RunJson;
}

async function readTrace(file: string): Promise<Trace> {
  return traceJson.parse(JSON.parse(await readFile(workplace.path(file), "utf8")));
}

const GREEDY = ["--max-tokens", "24", "--temperature", "0"];

/** Float32, PyTorch shards, a dense layer between, latent attention, MXFP4. */
const GOLD = ["mixtral", "olmoe-f16-pt", "qwen2moe-mix", "deepseek_v3", "gpt_oss-mxfp4"];

test.each(GOLD)("%s: --json gives the reference library's tokens, and --trace its numbers", async (name) => {
  const reference = readReference(name.replace(/-pt$/, ""));
  const { detail } = reference;
  const { input_ids, greedy_ids } = detailOf(reference);
  const file = `${name}.json`;
  const result = await runJson(name, "--ids", input_ids.join(), ...GREEDY, "--trace", file);
  expect(result.promptIds).toEqual(input_ids);
  expect(result.generatedIds).toEqual(greedy_ids);
  expect([result.finishReason, result.seed]).toEqual(["length", null]);

  const trace = await readTrace(file);
  expect(trace.promptIds).toEqual(input_ids);
  expect(trace.generatedIds).toEqual(greedy_ids);
  // The last token is not fed any more.
  expect(trace.positions.map(({ id }) => id)).toEqual([...input_ids, ...greedy_ids.slice(0, -1)]);
  const last = trace.positions[input_ids.length - 1]!;
  expect(difference(last.embedding!, detail.embedding_last)).toBeLessThan(1e-3);
  expect(last.hidden.length).toBe(detail.hidden_last.length);
  for (const [i, hidden] of last.hidden.entries())
    expect(difference(hidden, detail.hidden_last[i]!)).toBeLessThan(1e-3);
  for (const [row, logits] of detail.logits_all.entries()) {
    expect(difference(trace.positions[row]!.logits!, logits)).toBeLessThan(1e-3);
    for (const [i, router] of detail.router.entries()) {
      const { layer, experts, weights } = trace.positions[row]!.routing[i]!;
      expect(layer).toBe(router.layer);
      const expected = router.indices[row]!.map((expert, j) => [expert, router.weights[row]![j]!] as const);
      const sorted = expected.toSorted(([a], [b]) => a - b);
      const got = experts.map((expert, j) => [expert, weights[j]!] as const).toSorted(([a], [b]) => a - b);
      expect(got.map(([expert]) => expert)).toEqual(sorted.map(([expert]) => expert));
      expect(
        difference(
          got.map(([, w]) => w),
          sorted.map(([, w]) => w),
        ),
      ).toBeLessThan(1e-4);
    }
  }
  // Greedy decoding again, from the traced logits.
  const chosen = trace.positions.slice(input_ids.length - 1).map(({ logits }) => logits!.indexOf(Math.max(...logits!)));
  expect(chosen).toEqual(greedy_ids);
  const used = trace.model.layers > 0 ? usedIn(trace) : [];
  expect(result.expertsUsed).toEqual(used);
});

function usedIn({ positions }: Trace): RunJson["expertsUsed"] {
  const layers = new Map<number, Set<number>>();
  for (const { layer, experts } of positions.flatMap(({ routing }) => routing)) {
    layers.set(layer, new Set([...(layers.get(layer) ?? []), ...experts]));
  }
  return [...layers].map(([layer, experts]) => ({ layer, experts: [...experts].sort((a, b) => a - b) }));
}

test("a budget for experts, everything loaded at the start, and more threads give the same tokens", async () => {
  const { input_ids, greedy_ids } = detailOf(readReference("olmoe"));
  const ids = ["--ids", input_ids.join(), ...GREEDY];
  const [plain, bounded, full, threads] = await Promise.all([
    runJson("olmoe", ...ids),
    runJson("olmoe", ...ids, "--expert-budget", "300KiB"),
    runJson("olmoe", ...ids, "--no-moe"),
    runJson("olmoe", ...ids, "--threads", "3"),
  ]);
  for (const { generatedIds } of [plain, bounded, full, threads]) expect(generatedIds).toEqual(greedy_ids);
  expect(bounded.expertCache.budgetBytes).toBe(300 * 1024);
  expect(bounded.expertCache.peakBytes).toBeLessThanOrEqual(300 * 1024);
  expect(bounded.expertCache.evictions).toBeGreaterThan(0);
  expect(plain.expertCache.evictions).toBe(0);
  expect([full.settings.useMoe, full.expertCache.loads]).toEqual([false, 48]);
  expect(full.expertsUsed).toEqual(plain.expertsUsed);
  expect(threads.settings.threads).toBe(3);
  // No router asks for most of them.
  const { expertCache } = await runJson("olmoe", "--ids", "5", "--max-tokens", "0", "--no-moe");
  expect([expertCache.loadedExperts, expertCache.experts]).toEqual([48, 48]);
});

test("fewer experts per token are fewer experts in every decision", async () => {
  const result = await runJson(
    "mixtral",
    "--ids",
    "5,9,2",
    "--max-tokens",
    "2",
    "--experts",
    "1",
    "--trace",
    "one.json",
  );
  expect(result.model.expertsPerToken).toBe(1);
  const trace = await readTrace("one.json");
  expect(trace.positions.flatMap(({ routing }) => routing.map(({ experts }) => experts.length))).toEqual(
    Array.from({ length: 4 * 3 }, () => 1),
  );
});

test("the same seed gives the same text, and the seed that was drawn is told", async () => {
  const args = ["-p", "hello", "--max-tokens", "12", "--temperature", "1.2", "--top-p", "0.9", "--top-k", "50"];
  const first = await runJson("qwen3moe", ...args);
  const [again, other] = await Promise.all([
    runJson("qwen3moe", ...args, "--seed", first.seed!),
    runJson("qwen3moe", ...args, "--seed", String(BigInt(first.seed!) + 1n)),
  ]);
  expect(again.generatedIds).toEqual(first.generatedIds);
  expect(other.generatedIds).not.toEqual(first.generatedIds);
});

test("what the flags leave open is sampled as generation_config.json says, and said; a flag goes over it", async () => {
  const folder = workplace.path("choosy");
  await cp(checkpoint("mixtral"), folder, { recursive: true });
  const config = { eos_token_id: 2, do_sample: false, top_p: 0.9, repetition_penalty: 99 };
  await writeFile(join(folder, "generation_config.json"), JSON.stringify(config));
  const args = ["run", folder, "--ids", "5,9,2", "--max-tokens", "8", "--json"];
  const asked = await workplace.run(args);
  expect(asked.stderr).toContain("sampling as the model asks for: --temperature 0 --top-p 0.9\n");
  expect(asked.stderr).toContain(
    "warning: generation_config.json: repetition_penalty: expected a number from 0.01 to 10",
  );
  const greedy = await runJson("mixtral", "--ids", "5,9,2", "--max-tokens", "8", "--temperature", "0");
  const result = JSON.parse(asked.stdout) as RunJson;
  expect([result.generatedIds, result.seed]).toEqual([greedy.generatedIds, null]);
  expect(result.sampling).toMatchObject({ temperature: 0, topP: 0.9, topK: 0, repetitionPenalty: 1 });
  const warm = await workplace.run([...args, "--temperature", "1.5", "--top-p", "1"]);
  expect(warm.stderr).not.toContain("as the model asks for");
  expect((JSON.parse(warm.stdout) as RunJson).sampling).toMatchObject({ temperature: 1.5, topP: 1 });
});

test("a cache that cannot be had is a warning before the answer, which is the same; nothing fails after it", async () => {
  const args = ["run", checkpoint("mixtral"), "--ids", "5,9,2", "--max-tokens", "4", "--temperature", "0"];
  const usual = await workplace.run(args);
  const file = workplace.path("file");
  await writeFile(file, "");
  const refused = await workplace.run(args, { env: { AI_BLOCK_DATA_DIR: join(file, "data") } });
  expect([refused.code, refused.stdout]).toEqual([0, usual.stdout]);
  const [first, second] = refused.stderr.split("\n");
  expect(first).toBe(`warning: nothing is kept for the next run: ${file}: expected a folder, got a file`);
  expect(second).toMatch(/^3 prompt tokens/);
});

test("a chat streams its text to stdout and its numbers to stderr; --quiet leaves those out", async () => {
  const args = ["run", checkpoint("qwen2moe"), "-p", "hi there", "--system", "be kind", ...GREEDY];
  const [json, text, quiet] = await Promise.all([
    runJson("qwen2moe", ...args.slice(2)),
    workplace.run(args),
    workplace.run([...args, "-q"]),
  ]);
  expect([text.code, quiet.code, quiet.stderr]).toEqual([0, 0, ""]);
  expect(text.stdout).toBe(json.text!.endsWith("\n") ? json.text : `${json.text}\n`);
  expect(quiet.stdout).toBe(text.stdout);
  expect(text.stderr).toMatch(/prompt tokens at [\d.]+\/s, 24 tokens at [\d.]+\/s, first after /);
  expect(text.stderr).toMatch(/experts: \d+ of 24 loaded, \d+ hits, \d+ loads, 0 evictions/);
});

const hasScript = spawnSync("script", ["--version"]).status === 0;
if (!hasScript) console.log("run: no `script` on this machine, the test of the chat is skipped");
const onTerminal = hasScript ? test : test.skip;

onTerminal("on a terminal it is a chat that ends with /bye", () => {
  const words = [process.execPath, LAUNCHER, "run", checkpoint("qwen2moe"), "--max-tokens", "6", "--temperature", "0"];
  const { stdout, status } = spawnSync("script", ["-qec", words.map((word) => `'${word}'`).join(" "), "/dev/null"], {
    env: { ...workplace.environment(), NO_COLOR: "1" },
    encoding: "utf8",
    cwd: workplace.path(),
    input: "hello\n/clear\n/nonsense\nhello\n/bye\n",
  });
  expect(status).toBe(0);
  expect(stdout).toContain("qwen2_moe is ready; /help lists what you can do");
  expect(stdout).toContain("there is no command /nonsense");
  // After /clear the same question gives the same answer.
  const shown = stripVTControlCharacters(stdout).replaceAll("\r", "");
  const turns = [...shown.matchAll(/> hello\n+(.*?)\n\d+ prompt tokens/gs)].map(([, text]) => text);
  expect(turns.length).toBe(2);
  expect(turns[1]).toBe(turns[0]);
});

test("a prompt comes from stdin as well; --raw feeds it without the chat template", async () => {
  const [piped, given, chat] = await Promise.all([
    workplace.run(["run", checkpoint("mixtral"), "--raw", "--json", ...GREEDY], { input: "Once upon a time\n" }),
    runJson("mixtral", "--raw", "-p", "Once upon a time", ...GREEDY),
    runJson("mixtral", "-p", "Once upon a time", ...GREEDY),
  ]);
  expect(piped.code).toBe(0);
  const fromStdin = JSON.parse(piped.stdout) as RunJson;
  expect(fromStdin.promptIds).toEqual(given.promptIds);
  expect(fromStdin.generatedIds).toEqual(given.generatedIds);
  expect(chat.promptIds.length).toBeGreaterThan(given.promptIds.length);
});

test("a stop string ends the answer before it, wherever tokens cut it", async () => {
  const args = ["-p", "abc", "--max-tokens", "24", "--temperature", "0"];
  const { text } = await runJson("mixtral", ...args);
  const stop = text!.slice(6, 9);
  const at = text!.indexOf(stop);
  const stopped = await runJson("mixtral", ...args, "--stop", "never there", "--stop", stop);
  expect([stopped.text, stopped.stop, stopped.finishReason]).toEqual([text!.slice(0, at), stop, "stop"]);
});

test("a slice of the layers gives the same hidden states as the whole model", async () => {
  const { input_ids } = detailOf(readReference("mixtral-bf16"));
  const ids = ["run", checkpoint("mixtral-bf16"), "--ids", input_ids.join()];
  const results = await Promise.all([
    workplace.run([...ids, "--max-tokens", "0", "--trace", "whole.json"]),
    workplace.run([...ids, "--layers", "1-2", "--trace", "middle.json"]),
    workplace.run([...ids, "--layers", "3", "--trace", "top.json"]),
  ]);
  expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
  const [whole, middle, top] = await Promise.all(["whole", "middle", "top"].map((name) => readTrace(`${name}.json`)));
  expect(middle!.settings.layers).toEqual([1, 2]);
  for (const [i, { embedding, hidden, routing, logits }] of middle!.positions.entries()) {
    const all = whole!.positions[i]!;
    expect(difference(embedding!, all.hidden[0]!)).toBeLessThan(1e-4);
    expect(difference(hidden[0]!, all.hidden[2]!)).toBeLessThan(1e-4);
    expect(routing.map(({ layer, experts }) => [layer, experts])).toEqual(
      all.routing.slice(1, 3).map(({ layer, experts }) => [layer, experts]),
    );
    expect(logits).toBeNull();
  }
  expect(difference(top!.positions.at(-1)!.logits!, whole!.positions.at(-1)!.logits!)).toBeLessThan(1e-4);
});

/** What is typed after the model, the exit code, and the sentence (a part of it) on stderr. */
const MISTAKES: readonly (readonly [args: string[], code: number, sentence: string])[] = [
  [["--ids", "5,x"], EXIT.usage, '--ids: expected token ids such as 5,9,2, got "5,x"'],
  [["--ids", "5,100000"], EXIT.usage, "ids: expected integers from 0 to 319, got 100000"],
  [["--ids", "5", "--temperature", "3"], EXIT.usage, '--temperature: expected a number from 0 to 2, got "3"'],
  [["--ids", "5", "--precision", "q9"], EXIT.usage, "--precision: expected one of f32, q8, q4"],
  [["--ids", "5", "--expert-budget", "1XB"], EXIT.usage, "--expert-budget: expected bytes such as 1000000, 512MiB"],
  [["--ids", "5", "--expert-budget", "1KiB"], EXIT.usage, "expected at least the"],
  [["--ids", "5", "--experts", "9"], EXIT.usage, "--experts: expected an integer from 1 to 8, got 9"],
  [
    ["--ids", "5", "--no-moe", "--expert-budget", "1GiB"],
    EXIT.usage,
    "--expert-budget: expected it without --no-moe, which keeps every expert in memory, got both",
  ],
  [["--ids", "5", "--temprature", "0"], EXIT.usage, 'there is no option "--temprature", did you mean "--temperature"?'],
  [["--ids", "5", "-p", "x"], EXIT.usage, "--ids: expected either --ids or --prompt, got both"],
  [["--raw", "--system", "x", "-p", "x"], EXIT.usage, "--raw: expected either --raw or --system, got both"],
  [["--ids", "5", "--layers", "1-7", "--trace", "t"], EXIT.usage, "--layers: expected layers from 0 to 2, got 1-7"],
  [["--ids", "5", "--layers", "1"], EXIT.usage, "--layers: expected --trace as well"],
  [["--ids", Array(513).fill(5).join()], EXIT.usage, "--ids: expected at most the model's 512 positions, got 513"],
  [["-p", "9 ".repeat(800)], EXIT.usage, "--prompt: expected at most the model's 512 positions, got "],
  [[], EXIT.usage, "--prompt: expected a prompt, --ids, or a text on stdin, got none"],
  [["--ids", "5", "--trace", "no/such/t.json"], EXIT.failed, "no/such: no such file or folder"],
  [["--ids", "5", "--trace", "."], EXIT.usage, '--trace: expected a file, got the folder "."'],
];

test("a model that is not there is named as the user wrote it", async () => {
  const absolute = workplace.path("no/such/model");
  const commands = [
    ["run", "PATH", "--ids", "5"],
    ["eval", "PATH", "--tokens", "t.json"],
    ["train", "PATH", "--tokens", "t.json", "--out", "trained"],
    ["model", "export", "PATH", "--out", "exported"],
    ["miner", "inspect", "PATH"],
    ["start", "--model", "PATH", "--http-port", "0"],
  ];
  const written = ["no/such/model", "./no/such/model.gguf", absolute];
  for (const [i, command] of commands.entries()) {
    const path = written[i % written.length]!;
    const { code, stderr } = await workplace.run(command.map((each) => (each === "PATH" ? path : each)));
    // A start says by its code that it is the model.
    const expected = command[0] === "start" ? EXIT.noModel : EXIT.failed;
    expect([command[0], code, stderr]).toEqual([command[0], expected, `error: ${path}: no such file or folder\n`]);
  }
});

test("every mistake is one sentence with the exit code of its kind, and writes nothing", async () => {
  const before = await readdir(workplace.path());
  for (let at = 0; at < MISTAKES.length; at += 4) {
    const some = MISTAKES.slice(at, at + 4);
    const results = await Promise.all(some.map(([args]) => workplace.run(["run", checkpoint("mixtral"), ...args])));
    for (const [i, [args, code, sentence]] of some.entries()) {
      expect([args, results[i]!.code, results[i]!.stdout]).toEqual([args, code, ""]);
      expect(results[i]!.stderr).toContain(sentence);
      expect(results[i]!.stderr).toMatch(/^error: [^\n]*\n$/);
    }
  }
  expect(await readdir(workplace.path())).toEqual(before);
});

test("a single weights file is refused for what it is: its config may well lie beside it", async () => {
  const { code, stderr } = await workplace.run(["run", join(checkpoint("mixtral"), "model.safetensors"), "--ids", "5"]);
  expect(code).toBe(EXIT.verification);
  expect(stderr).toContain("model.safetensors: expected a model folder or a GGUF file, got a weights file");
});

test("an execution provider that is not there is refused with what is", async () => {
  const providers = await Promise.all(
    ["cpu", "cuda", "webgpu"].map((name) =>
      workplace.run(["run", checkpoint("mixtral"), "--ids", "5", "--provider", name]),
    ),
  );
  expect(providers[0]!.code).toBe(0);
  for (const { code, stderr } of providers.slice(1)) {
    if (code === 0) continue;
    expect(code).toBe(EXIT.usage);
    // Nothing else: libraries that are missing have a lot to say.
    expect(stderr).toMatch(/^error: --provider: \w+ is not available here: [^\n]*\n$/);
  }
});

test.each([
  ["truncated-data", "tensor_offsets_invalid"],
  ["pickle-code", "pickle_forbidden"],
  ["nan-weights", "tensor_not_finite"],
  ["config-unknown-architecture", "architecture_unsupported"],
  ["index-path-traversal", "shard_name_invalid"],
])("%s is refused: %s as JSON, one sentence, nothing written", async (name, refusal) => {
  const before = await readdir(workplace.path());
  const args = ["--ids", "5,9", ...GREEDY, "--json", "--trace", "bad.json"];
  const { code, stdout, stderr } = await workplace.run(["run", checkpoint("bad", name), ...args]);
  expect(code).toBe(EXIT.verification);
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
  expect(error.code).toBe(refusal);
  expect(stderr).toMatch(/^error: [^\n]*\n$/);
  expect(await readdir(workplace.path())).toEqual(before);
});

test("Ctrl-C while it generates ends with 130 and leaves no trace file", async () => {
  const before = await readdir(workplace.path());
  const args = ["-p", "go", "--max-tokens", "400", "--trace", "never.json", "--temperature", "0"];
  const result = await workplace.run(["run", checkpoint("mixtral"), ...args], {
    onStart: (child) => child.stdout!.once("data", () => child.kill("SIGINT")),
  });
  expect([result.code, result.signal]).toEqual([EXIT.interrupted, null]);
  expect(result.stderr).toContain("stopping; Ctrl-C again quits at once");
  expect(await readdir(workplace.path())).toEqual(before);
});

test("a reader that goes away ends the generation, and is no error", async () => {
  const result = await workplace.run(["run", checkpoint("mixtral"), "-p", "go", "--max-tokens", "400"], {
    onStart: (child) => child.stdout!.once("data", () => child.stdout!.destroy()),
  });
  expect([result.code, result.signal, result.stderr]).toEqual([0, null, ""]);
});
