import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { preTokenizerName } from "../../../src/moe/export/gguf/preTokenizer.ts";
import { encodeGgufTokenizer } from "../../../src/moe/export/gguf/tokenizer.ts";
import { GgufMetadata } from "../../../src/moe/formats/gguf/values.ts";
import { parseConfig } from "../../../src/moe/model/parseConfig.ts";
import { expectCode } from "../formats/expectCode.ts";
import { CHECKPOINTS } from "../formats/fixtures.ts";
import { readConfig, readTokenizer } from "./ggufExport.ts";

async function encode(name: string) {
  const config = await readConfig(name);
  const { entries, differences } = encodeGgufTokenizer(await readTokenizer(name), config, parseConfig(config));
  return { metadata: new GgufMetadata(entries), differences, vocabSize: parseConfig(config).vocabSize };
}

async function tokenizerJson(name: string) {
  return JSON.parse(await readFile(join(CHECKPOINTS, name, "tokenizer.json"), "utf8"));
}

test.each([
  ["mixtral", "gpt2", "gpt-2"],
  ["olmoe", "gpt2", "olmo"],
  ["qwen2moe", "gpt2", "qwen2"],
  ["deepseek_v3", "gpt2", "deepseek-v3"],
  ["gpt_oss", "gpt2", "gpt-4o"],
  ["granitemoe", "gpt2", "starcoder"],
  ["mixtral-bf16", "llama", "default"],
  ["phimoe", "llama", "default"],
])("%s has model %s and splitting rules %s", async (name, model, pre) => {
  const { metadata } = await encode(name);
  expect([metadata.string("tokenizer.ggml.model"), metadata.string("tokenizer.ggml.pre")]).toEqual([model, pre]);
});

test.each(["olmoe", "mixtral-bf16", "qwen2moe"])(
  "%s: every token stands at its id, up to the model's vocabulary",
  async (name) => {
    const { metadata, vocabSize } = await encode(name);
    const tokens = metadata.strings("tokenizer.ggml.tokens")!;
    const types = metadata.numbers("tokenizer.ggml.token_type")!;
    expect([tokens.length, types.length]).toEqual([vocabSize, vocabSize]);
    const { model, added_tokens: added } = await tokenizerJson(name);
    for (const [token, id] of Object.entries(model.vocab as Record<string, number>)) expect(tokens[id]).toBe(token);
    for (const { id, content, special } of added as { id: number; content: string; special: boolean }[]) {
      expect(tokens[id]).toBe(content);
      if (content !== model.unk_token) expect(types[id]).toBe(special ? 3 : 4);
    }
  },
);

test("merges are written as pairs, whichever way the file has them", async () => {
  for (const name of ["mixtral", "olmoe"]) {
    const merges = (await encode(name)).metadata.strings("tokenizer.ggml.merges")!;
    expect(merges.slice(0, 2)).toEqual(["h e", "t he"]);
    expect(merges.length).toBe((await tokenizerJson(name)).model.merges.length);
  }
});

test("SentencePiece scores rank tokens as the merges do, byte tokens and the unknown one are marked", async () => {
  const { metadata } = await encode("mixtral-bf16");
  const { model } = await tokenizerJson("mixtral-bf16");
  const tokens = metadata.strings("tokenizer.ggml.tokens")!;
  const scores = metadata.numbers("tokenizer.ggml.scores")!;
  const types = metadata.numbers("tokenizer.ggml.token_type")!;
  const made = (model.merges as string[]).map((merge) => tokens.indexOf(merge.replace(" ", "")));
  expect(made.map((id) => scores[id]!)).toEqual(made.map((_, rank) => -(rank + 1)));
  expect(types[tokens.indexOf("<0x0A>")]).toBe(6);
  expect(types[tokens.indexOf("<unk>")]).toBe(2);
  expect(metadata.boolean("tokenizer.ggml.add_space_prefix")).toBe(true);
  expect(metadata.boolean("tokenizer.ggml.add_bos_token")).toBe(true);
});

test("special ids and the chat template are carried over", async () => {
  const { metadata } = await encode("gpt_oss");
  const config = await readConfig("gpt_oss");
  expect(metadata.natural("tokenizer.ggml.eos_token_id")).toBe(config.eos_token_id);
  expect(metadata.string("tokenizer.chat_template")).toBe(
    await readFile(join(CHECKPOINTS, "gpt_oss/chat_template.jinja"), "utf8"),
  );
});

test("rules that llama.cpp does not know are reported, other models than BPE refused", async () => {
  expect(preTokenizerName({ type: "Whitespace" })).toBe(undefined);
  expect(preTokenizerName(null)).toBe(undefined);
  const config = await readConfig("olmoe");
  const spec = parseConfig(config);
  const files = new Map(await readTokenizer("olmoe"));
  const json = JSON.parse(Buffer.from(files.get("tokenizer.json") as Uint8Array).toString());
  json.pre_tokenizer = { type: "Whitespace" };
  files.set("tokenizer.json", JSON.stringify(json));
  expect(encodeGgufTokenizer(files, config, spec).differences.join()).toMatch(/split by other rules/);
  json.model.type = "Unigram";
  files.set("tokenizer.json", JSON.stringify(json));
  await expectCode(() => encodeGgufTokenizer(files, config, spec), "export_unsupported");
  await expectCode(() => encodeGgufTokenizer(new Map(), config, spec), "export_unsupported");
});
