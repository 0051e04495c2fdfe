/** What tokenizer_class and the files beside tokenizer.json change. */
import { goldTokenizerJson, tokenizerOf } from "./fixtures.ts";

type Json = Record<string, unknown>;

/** Its post-processor puts `<s>` (1) before a text; `</s>` is 2. */
const framed = goldTokenizerJson("mixtral");
const user = [{ role: "user", content: "Hi" }];

test("the Llama class frames texts by add_bos_token and add_eos_token, not by the post-processor", () => {
  const frame = (config: Json) => tokenizerOf(framed, { "tokenizer_config.json": config }).encode("");
  expect(frame({ tokenizer_class: "LlamaTokenizer" })).toEqual([1]);
  expect(frame({ tokenizer_class: "LlamaTokenizer", add_bos_token: false })).toEqual([]);
  expect(frame({ tokenizer_class: "LlamaTokenizerFast", add_eos_token: true })).toEqual([1, 2]);
  expect(frame({ tokenizer_class: "PreTrainedTokenizerFast", add_bos_token: false })).toEqual([1]);
});

test("as saved by version 5 of the library, it leaves the frame to the post-processor", () => {
  const frame = (json: Json) =>
    tokenizerOf(json, { "tokenizer_config.json": { tokenizer_class: "LlamaTokenizer", backend: "tokenizers" } }).encode(
      "",
    );
  expect(frame(framed)).toEqual([1]);
  expect(frame({ ...framed, post_processor: null })).toEqual([]);
});

test("the GPT-NeoX class frames texts by the same options, which are off by default", () => {
  const frame = (config: Json) =>
    tokenizerOf(framed, {
      "tokenizer_config.json": { bos_token: "<s>", eos_token: "</s>", ...config },
    }).encode("");
  expect(frame({ tokenizer_class: "GPTNeoXTokenizer" })).toEqual([]);
  expect(frame({ tokenizer_class: "GPTNeoXTokenizerFast", add_bos_token: true, add_eos_token: true })).toEqual([1, 2]);
});

test("add_prefix_space of the config stands in for that of a ByteLevel pre-tokenizer, except in a sequence", () => {
  const byteLevel = (space: boolean) => ({
    type: "ByteLevel",
    add_prefix_space: space,
    use_regex: true,
    trim_offsets: true,
  });
  const ids = (preTokenizer: unknown, config?: Json) =>
    tokenizerOf(
      { ...framed, pre_tokenizer: preTokenizer, post_processor: null },
      config === undefined ? {} : { "tokenizer_config.json": config },
    ).encode("hello");
  const plain = ids(byteLevel(false));
  const spaced = ids(byteLevel(true));
  expect(spaced).not.toEqual(plain);
  expect(ids(byteLevel(true), { tokenizer_class: "GPT2Tokenizer" })).toEqual(plain);
  expect(ids(byteLevel(false), { tokenizer_class: "GPT2Tokenizer", add_prefix_space: true })).toEqual(spaced);
  expect(ids(byteLevel(true), { tokenizer_class: "TokenizersBackend" })).toEqual(spaced);
  const sequence = { type: "Sequence", pretokenizers: [byteLevel(true)] };
  expect(ids(sequence, { tokenizer_class: "GPT2Tokenizer" })).toEqual(spaced);
});

test("special_tokens_map.json has the last word beside an older tokenizer_config.json, and none beside a newer", () => {
  const seen = (config: Json, map: Json) => {
    const tokenizer = tokenizerOf(framed, {
      "tokenizer_config.json": { chat_template: "{{ bos_token }}|{{ eos_token }}", ...config },
      "special_tokens_map.json": map,
    });
    return [tokenizer.renderChat(user), tokenizer.bosId, tokenizer.eosIds];
  };
  const map = { bos_token: { content: "<s>" }, eos_token: "</s>" };
  expect(seen({ bos_token: "</s>" }, map)).toEqual(["<s>|</s>", 1, [2]]);
  expect(seen({ bos_token: "</s>", added_tokens_decoder: {} }, map)).toEqual(["</s>|", 2, []]);
});

test("a class has special tokens of its own where no file names them, not even as null", () => {
  const rendered = (config: Json) =>
    tokenizerOf(framed, {
      "tokenizer_config.json": { chat_template: "{{ bos_token }}|{{ eos_token }}", ...config },
    }).renderChat(user);
  expect(rendered({ tokenizer_class: "LlamaTokenizerFast" })).toBe("<s>|</s>");
  expect(rendered({ tokenizer_class: "GPT2Tokenizer" })).toBe("<|endoftext|>|<|endoftext|>");
  expect(rendered({ tokenizer_class: "GPTNeoXTokenizer", eos_token: null })).toMatch(/^<\|endoftext\|>\|/);
  expect(rendered({ tokenizer_class: "Qwen2Tokenizer", bos_token: "<s>" })).toBe("<s>|<|endoftext|>");
  expect(rendered({ tokenizer_class: "PreTrainedTokenizerFast" })).toBe("|");
});

test("tokens under names of the model's own are named for its template, whichever version of the library wrote them", () => {
  for (const key of ["extra_special_tokens", "model_specific_special_tokens"]) {
    const config = { chat_template: "{{ think_token }}", [key]: { think_token: "</s>" } };
    expect(tokenizerOf(framed, { "tokenizer_config.json": config }).renderChat(user)).toBe("</s>");
  }
});
