import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT } from "../../src/cli/framework/exitCodes.ts";
import { command as exportCommand } from "../../src/cli/model/export.ts";
import type { RunJson } from "../../src/cli/run/runJson.ts";
import { checkpoint, detailOf, readReference } from "./checkpoints.ts";
import { Workplace } from "./runCli.ts";

let workplace: Workplace;
beforeAll(async () => {
  workplace = await Workplace.create();
});
afterAll(() => workplace.remove());

async function greedy(model: string, ids: readonly number[]): Promise<readonly number[]> {
  const args = ["run", model, "--ids", ids.join(), "--max-tokens", "24", "--temperature", "0"];
  return ((await workplace.json(args)) as RunJson).generatedIds;
}

test("safetensors from PyTorch files: another folder, the same bytes and tokens", async () => {
  const { input_ids, greedy_ids } = detailOf(readReference("olmoe"));
  const json = await workplace.json(["model", "export", checkpoint("olmoe-pt"), "--out", "copy"]);
  expect(exportCommand.json!.parse(json)).toEqual(json);
  expect(json).toMatchObject({ out: workplace.path("copy"), format: "safetensors", type: null, differences: [] });
  expect(await greedy("copy", input_ids)).toEqual(greedy_ids);
  const again = await workplace.run(["model", "export", checkpoint("olmoe-pt"), "--out", "copy"]);
  expect(again.code).toBe(EXIT.failed);
  expect(again.stderr).toContain("is there already; it is not replaced; --force replaces it");
  expect((await workplace.run(["model", "export", checkpoint("olmoe-pt"), "--out", "copy", "--force"])).code).toBe(0);
  const config = await readFile(checkpoint("olmoe-pt", "config.json"));
  expect(await readFile(workplace.path("copy", "config.json"))).toEqual(config);
});

test.each(["mixtral", "qwen2moe", "deepseek_v3"])(
  "%s as GGUF in float32 runs here with the same tokens",
  async (name) => {
    const { input_ids, greedy_ids } = detailOf(readReference(name));
    const file = `${name}.gguf`;
    const args = ["model", "export", checkpoint(name), "--out", file, "--type", "f32", "--allow-differences"];
    expect(await workplace.json(args)).toMatchObject({ format: "gguf", type: "f32", files: 1 });
    expect(await greedy(file, input_ids)).toEqual(greedy_ids);
  },
);

test("a GGUF file brings its tokenizer and chat template", async () => {
  const file = "chat.gguf";
  await workplace.json([
    "model",
    "export",
    checkpoint("qwen2moe"),
    "--out",
    file,
    "--type",
    "f32",
    "--allow-differences",
  ]);
  const args = ["-p", "hello", "--max-tokens", "8", "--temperature", "0"];
  const [folder, gguf] = await Promise.all([
    workplace.json(["run", checkpoint("qwen2moe"), ...args]) as Promise<RunJson>,
    workplace.json(["run", file, ...args]) as Promise<RunJson>,
  ]);
  expect([gguf.promptIds, gguf.generatedIds, gguf.text]).toEqual([folder.promptIds, folder.generatedIds, folder.text]);
});

test("a GGUF file brings how its makers sample, and an export says what of it is left out", async () => {
  const folder = workplace.path("choosy");
  await cp(checkpoint("qwen2moe"), folder, { recursive: true });
  await writeFile(join(folder, "generation_config.json"), JSON.stringify({ do_sample: false, top_p: 0.8, top_k: -1 }));
  const exported = await workplace.run(["model", "export", folder, "--out", "choosy.gguf", "--allow-differences"]);
  expect(exported.stderr).toContain("warning: generation_config.json: top_k: expected an integer from 0 to 2147483647");
  const run = await workplace.run(["run", "choosy.gguf", "--ids", "5,9,2", "--max-tokens", "2", "--json"]);
  expect(run.stderr).toContain("sampling as the model asks for: --temperature 0 --top-p 0.8\n");
  expect((JSON.parse(run.stdout) as RunJson).sampling).toMatchObject({ temperature: 0, topP: 0.8, topK: 0 });
});

test.each<[what: string, args: string[], code: number, sentence: string]>([
  ["no target", ["--format", "gguf"], EXIT.usage, "--out: expected a path to write to, got none"],
  [
    "a type for safetensors",
    ["--out", "x", "--type", "f16"],
    EXIT.usage,
    "--type: expected it with --format gguf only",
  ],
  ["an unknown type", ["--out", "x.gguf", "--type", "q5"], EXIT.usage, "--type: expected one of f32, f16"],
])("%s is a mistake, and nothing is written", async (_what, args, code, sentence) => {
  const before = await readdir(workplace.path());
  const result = await workplace.run(["model", "export", checkpoint("mixtral"), ...args]);
  expect([result.code, result.stdout]).toEqual([code, ""]);
  expect(result.stderr).toContain(sentence);
  expect(await readdir(workplace.path())).toEqual(before);
});

test("what llama.cpp would compute otherwise is refused by name, until it is allowed", async () => {
  const args = ["model", "export", checkpoint("phimoe"), "--out", "phi.gguf"];
  const refused = await workplace.run([...args, "--json"]);
  expect(refused.code).toBe(EXIT.failed);
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: "export_differs" } });
  expect(refused.stderr).toMatch(
    /^error: llama\.cpp would compute this model differently: there, .+; --allow-differences writes the file all the same\n$/,
  );
  const allowed = await workplace.run([...args, "--allow-differences"]);
  expect(allowed.code).toBe(0);
  expect(allowed.stderr).toContain("warning: llama.cpp computes this model differently: ");
});

test("a broken checkpoint is refused before anything is written", async () => {
  const before = await readdir(workplace.path());
  const result = await workplace.run(["model", "export", checkpoint("bad", "nan-weights"), "--out", "bad.gguf"]);
  expect(result.code).toBe(EXIT.verification);
  expect(await readdir(workplace.path())).toEqual(before);
});
