import fc from "fast-check";
import { loadTokenizer } from "../../../src/moe/text/tokenizer.ts";
import { codeOf, goldTokenizerJson, tokenizerOf } from "./fixtures.ts";

type Json = Record<string, unknown>;

const good = goldTokenizerJson("mixtral");
const model = good.model as Json;

function withModel(change: Json): Json {
  return { ...good, model: { ...model, ...change } };
}

function nested(depth: number): unknown {
  let value: unknown = { type: "NFC" };
  for (let i = 0; i < depth; i++) value = { type: "Sequence", normalizers: [value] };
  return value;
}

test("files that are missing, no JSON, no object, no UTF-8 or too long are refused with a code", () => {
  expect(codeOf(() => loadTokenizer(new Map()))).toBe("tokenizer_missing");
  for (const content of ["", "{", "[]", "null", "1", '"x"', "{}", new Uint8Array([0xff, 0xfe])]) {
    expect(codeOf(() => loadTokenizer(new Map([["tokenizer.json", content]])))).toBe("tokenizer_invalid");
  }
  const text = JSON.stringify(good);
  for (const name of ["tokenizer_config.json", "special_tokens_map.json", "generation_config.json"]) {
    for (const content of ["{", "[]", " ".repeat(8 * 2 ** 20 + 1)]) {
      const files = new Map([
        ["tokenizer.json", text],
        [name, content],
      ]);
      expect([name, codeOf(() => loadTokenizer(files))]).toEqual([name, "tokenizer_invalid"]);
    }
  }
});

test("values of the wrong type or out of range are refused with the field's name", () => {
  const vocab = model.vocab as Record<string, number>;
  const bad: Json[] = [
    { ...good, model: undefined },
    { ...good, model: [] },
    withModel({ vocab: undefined }),
    withModel({ vocab: {} }),
    withModel({ vocab: [["a", 0]] }),
    withModel({ vocab: { ...vocab, x1: 0 } }),
    withModel({ vocab: { ...vocab, x1: -1 } }),
    withModel({ vocab: { ...vocab, x1: 1.5 } }),
    withModel({ vocab: { ...vocab, x1: 2 ** 31 } }),
    withModel({ vocab: { ...vocab, x1: "5" } }),
    withModel({ vocab: { ...vocab, ["y".repeat(2 ** 14 + 1)]: 999 } }),
    withModel({ merges: undefined }),
    withModel({ merges: {} }),
    withModel({ merges: ["a"] }),
    withModel({ merges: ["a b c"] }),
    withModel({ merges: [["a"]] }),
    withModel({ merges: [["a", 1]] }),
    withModel({ merges: [null] }),
    withModel({ merges: ["zzz a"] }),
    withModel({ merges: ["__proto__ a"] }),
    withModel({ merges: ["toString a"] }),
    withModel({ unk_token: "absent" }),
    withModel({ unk_token: 5 }),
    withModel({ byte_fallback: "yes" }),
    { ...good, added_tokens: {} },
    { ...good, added_tokens: [5] },
    { ...good, added_tokens: [{ id: -1, content: "x" }] },
    { ...good, added_tokens: [{ id: 5 }] },
    { ...good, added_tokens: [{ id: 5, content: "x", special: "no" }] },
    { ...good, normalizer: 5 },
    { ...good, normalizer: { type: 5 } },
    { ...good, normalizer: nested(100) },
    { ...good, normalizer: { type: "Sequence", normalizers: new Array(65).fill({ type: "NFC" }) } },
    { ...good, pre_tokenizer: { type: "Split", pattern: {}, behavior: "Isolated" } },
    { ...good, pre_tokenizer: { type: "Split", pattern: { Regex: "(" }, behavior: "Isolated" } },
    { ...good, pre_tokenizer: { type: "Split", pattern: { Regex: "a".repeat(5000) }, behavior: "Isolated" } },
    { ...good, pre_tokenizer: { type: "Split", pattern: { Regex: "[".repeat(4000) }, behavior: "Isolated" } },
    { ...good, post_processor: { type: "TemplateProcessing" } },
    { ...good, post_processor: { type: "TemplateProcessing", single: [{ SpecialToken: { id: "<s>" } }] } },
    { ...good, post_processor: { type: "TemplateProcessing", single: [] } },
    { ...good, decoder: { type: "Strip", content: 5 } },
    { ...good, decoder: { type: "Replace", pattern: { String: "" }, content: "" } },
  ];
  for (const json of bad) {
    const text = JSON.stringify(json).slice(-300);
    expect([text, codeOf(() => tokenizerOf(json))]).toEqual([text, "tokenizer_invalid"]);
  }
});

test("nesting far beyond the stack is refused like any other wrong value", () => {
  const depth = 200_000;
  const deep = `${'{"type":"Sequence","normalizers":['.repeat(depth)}${"]}".repeat(depth)}`;
  const text = `{"model":${JSON.stringify(model)},"normalizer":${deep}}`;
  expect(codeOf(() => loadTokenizer(new Map([["tokenizer.json", text]])))).toBe("tokenizer_invalid");
});

test("what cannot be computed exactly is refused as unsupported", () => {
  for (const json of [
    withModel({ type: "Unigram" }),
    withModel({ type: "WordPiece" }),
    withModel({ end_of_word_suffix: "</w>" }),
    withModel({ continuing_subword_prefix: "##" }),
    { ...good, normalizer: { type: "Precompiled", precompiled_charsmap: "" } },
    { ...good, pre_tokenizer: { type: "BertPreTokenizer" } },
    { ...good, pre_tokenizer: { type: "Split", pattern: { String: "a" }, behavior: "Contiguous" } },
    { ...good, post_processor: { type: "Unknown" } },
    { ...good, decoder: { type: "CTC" } },
  ]) {
    expect(codeOf(() => tokenizerOf(json))).toBe("tokenizer_unsupported");
  }
});

test("wrong values in the other files are refused", () => {
  for (const [name, value] of [
    ["tokenizer_config.json", { bos_token: 5 }],
    ["tokenizer_config.json", { added_tokens_decoder: { x: { content: "a" } } }],
    ["tokenizer_config.json", { added_tokens_decoder: [] }],
    ["tokenizer_config.json", { chat_template: 5 }],
    ["tokenizer_config.json", { chat_template: [{ name: "a" }] }],
    ["tokenizer_config.json", { clean_up_tokenization_spaces: "x" }],
    ["generation_config.json", { eos_token_id: -1 }],
    ["generation_config.json", { eos_token_id: ["2"] }],
    ["special_tokens_map.json", { eos_token: [] }],
  ] as const) {
    expect([name, value, codeOf(() => tokenizerOf(good, { [name]: value }))]).toEqual([
      name,
      value,
      "tokenizer_invalid",
    ]);
  }
});

test("names of object members are tokens like any other", () => {
  const vocab = JSON.parse('{"a":0,"b":1,"__proto__":2,"constructor":3,"toString":4,"ab":5}');
  const json = {
    model: { type: "BPE", vocab, merges: ["a b"] },
    added_tokens: [{ id: 2, content: "__proto__", special: true }],
  };
  const tokenizer = tokenizerOf(json);
  expect(tokenizer.encode("ab__proto__a")).toEqual([5, 2, 0]);
  expect(tokenizer.idOf("constructor")).toBe(3);
  expect(tokenizer.idOf("hasOwnProperty")).toBeUndefined();
  expect(tokenizer.tokenOf(2)).toBe("__proto__");
  expect(tokenizer.decode([2, 4])).toBe("__proto__ toString");
  expect(({} as Json).a).toBeUndefined();
});

test("a value anywhere replaced by another never causes anything but a tokenizer error", () => {
  const anything = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double(),
    fc.string(),
    fc.constant([]),
    fc.constant({}),
    fc.constant([[[]]]),
  );
  const small = { ...goldTokenizerJson("phimoe") };
  const paths: string[][] = [];
  const walk = (value: unknown, path: string[]) => {
    if (path.length > 0) paths.push(path);
    if (typeof value !== "object" || value === null || path.length > 5) return;
    for (const key of Object.keys(value).slice(0, 6)) walk((value as Json)[key], [...path, key]);
  };
  walk(small, []);
  fc.assert(
    fc.property(fc.constantFrom(...paths), anything, (path, value) => {
      const copy = structuredClone(small) as Json;
      const parent = path.slice(0, -1).reduce<Json>((at, key) => at[key] as Json, copy);
      parent[path.at(-1) as string] = value;
      const code = codeOf(() => {
        const tokenizer = tokenizerOf(copy);
        tokenizer.decode(tokenizer.encode("Hello <s> wörld 12"));
      });
      expect(["undefined", "tokenizer_invalid", "tokenizer_unsupported"]).toContain(String(code));
    }),
    { numRuns: 400 },
  );
});

test("texts that are none or too long are refused", () => {
  const tokenizer = tokenizerOf(good);
  for (const text of [undefined, null, 5, {}, []])
    expect(codeOf(() => tokenizer.encode(text as never))).toBe("text_invalid");
  expect(codeOf(() => tokenizer.encode("a".repeat(16 * 2 ** 20 + 1)))).toBe("text_too_long");
});

test("text that must stay text does not become special tokens", () => {
  const tokenizer = tokenizerOf(good);
  const ids = tokenizer.encode("<s>a</s>", { parseAddedTokens: false, addSpecialTokens: false });
  expect(ids.some((id) => tokenizer.specialIds.has(id))).toBe(false);
  expect(tokenizer.decode(ids)).toBe("<s>a</s>");
});

test("a named special token that is in the vocabulary only becomes an added token; one that is nowhere is left out", () => {
  const json = { ...good, added_tokens: [] };
  const tokenizer = tokenizerOf(json, { "tokenizer_config.json": { eos_token: "</s>", bos_token: "<nowhere>" } });
  expect(tokenizer.encode("a</s>", { addSpecialTokens: false })).toEqual([tokenizer.idOf("a"), 2]);
  expect(tokenizer.eosIds).toEqual([2]);
  expect(tokenizer.bosId).toBeUndefined();
});
