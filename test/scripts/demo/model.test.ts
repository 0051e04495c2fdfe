import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { demoConfig, demoGenerationConfig } from "../../../scripts/demo/model.ts";
import { DEMO_VOCAB_SIZE } from "../../../scripts/demo/tokenizer.ts";
import { readModelSampling } from "../../../src/moe/sampling/modelSampling.ts";
import { loadTokenizer } from "../../../src/moe/text/tokenizer.ts";
import { readTokenizerFiles } from "../../../src/moe/text/tokenizerFiles.ts";
import { ROOT } from "../../sourceFiles.ts";

const FOLDER = join(ROOT, "data", "demo");
const IDS = { end: 1, pad: 0 };
const readJson = async (name: string) => JSON.parse(await readFile(join(FOLDER, name), "utf8"));

test("the bundled folder says of the model what its trainer writes", async () => {
  expect(await readJson("config.json")).toEqual(demoConfig(DEMO_VOCAB_SIZE, IDS));
  expect(await readJson("generation_config.json")).toEqual(demoGenerationConfig(IDS));
});

test("the demo model is greedy unless somebody asks for something else, and its end token ends an answer", async () => {
  const files = await readTokenizerFiles(FOLDER);
  expect(readModelSampling(files)).toEqual({ sampling: { temperature: 0 }, ignored: [] });
  const tokenizer = loadTokenizer(files);
  expect(tokenizer.eosIds).toEqual([tokenizer.idOf("<|end|>")]);
});
