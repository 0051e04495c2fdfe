import fc from "fast-check";
import { encodeGgufTokenizer } from "../../../src/moe/export/gguf/tokenizer.ts";
import { GgufMetadata, type GgufValue } from "../../../src/moe/formats/gguf/values.ts";
import { parseConfig } from "../../../src/moe/model/parseConfig.ts";
import { ggufTokenizerFiles } from "../../../src/moe/text/gguf/readTokenizer.ts";
import { spmMerges } from "../../../src/moe/text/gguf/spmMerges.ts";
import { loadTokenizer } from "../../../src/moe/text/tokenizer.ts";
import { codeOf, goldFiles, goldFolders, goldReference } from "./fixtures.ts";

const PRE = new Map([
  ["gpt2", "gpt-2"],
  ["neox", "olmo"],
  ["qwen", "qwen2"],
  ["deepseek", "deepseek-v3"],
  ["o200k", "gpt-4o"],
  ["starcoder", "starcoder"],
]);

/** What an export of the checkpoint writes. */
function exported(folder: string): ReadonlyMap<string, GgufValue> {
  const files = goldFiles(folder);
  const config = JSON.parse(new TextDecoder().decode(files.get("config.json") as Uint8Array));
  return encodeGgufTokenizer(files, config, parseConfig(config)).entries;
}

function load(metadata: ReadonlyMap<string, GgufValue>) {
  return loadTokenizer(ggufTokenizerFiles(new GgufMetadata(metadata)));
}

for (const folder of goldFolders()) {
  const files = goldFiles(folder);
  const original = loadTokenizer(files);
  const { flavour, cases, chats } = goldReference(folder);

  test(`${folder} (${flavour}): written to GGUF metadata and read again it gives the same ids, texts and chats`, () => {
    const metadata = exported(folder);
    expect(metadata.get("tokenizer.ggml.pre")?.value).toBe(PRE.get(flavour) ?? "default");
    const tokenizer = load(metadata);
    expect(tokenizer.bosId).toBe(original.bosId);
    // The file names one end token; those of turns and answers are known by their texts.
    expect(tokenizer.eosIds[0]).toBe(original.eosIds[0]);
    for (const { text, ids, ids_no_special, decoded, decoded_skip_special } of cases) {
      expect(tokenizer.encode(text)).toEqual(ids);
      expect(tokenizer.encode(text, { addSpecialTokens: false })).toEqual(ids_no_special);
      expect(tokenizer.decode(ids)).toBe(decoded);
      expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe(decoded_skip_special);
    }
    for (const { messages, add_generation_prompt, ids, raises } of chats) {
      const options = { addGenerationPrompt: add_generation_prompt };
      if (raises === undefined) expect(tokenizer.encodeChat(messages, options)).toEqual(ids);
      else expect(codeOf(() => tokenizer.encodeChat(messages, options))).toBe("chat_template_raised");
    }
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 20 }), (text) => {
        expect(tokenizer.encode(text)).toEqual(original.encode(text));
      }),
      { numRuns: 30 },
    );
  });
}

/** SentencePiece: join the neighbours whose joint piece scores highest, the leftmost of equals. */
function sentencePiece(text: string, scores: ReadonlyMap<string, number>): string[] {
  const parts = Array.from(text);
  for (;;) {
    let best = -1;
    for (let i = 1; i < parts.length; i++) {
      const score = scores.get(`${parts[i - 1]}${parts[i]}`);
      if (score === undefined) continue;
      if (best < 0 || score > (scores.get(`${parts[best - 1]}${parts[best]}`) as number)) best = i;
    }
    if (best < 0) return parts;
    parts.splice(best - 1, 2, `${parts[best - 1]}${parts[best]}`);
  }
}

test("merges made from scores give SentencePiece's pieces", () => {
  const piece = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(
      fc.uniqueArray(piece, { maxLength: 25 }),
      fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 14 }),
      (longer, text) => {
        const texts = ["<unk>", "a", "b", "c", "▁", ...longer];
        const scores = texts.map((_, id) => (id < 5 ? 0 : -id));
        const tokenizer = load(
          new Map<string, GgufValue>([
            ["tokenizer.ggml.model", { type: "string", value: "llama" }],
            ["tokenizer.ggml.tokens", { type: "array", items: "string", value: texts }],
            ["tokenizer.ggml.scores", { type: "array", items: "f32", value: scores }],
            [
              "tokenizer.ggml.token_type",
              { type: "array", items: "i32", value: texts.map((_, id) => (id === 0 ? 2 : 1)) },
            ],
            ["tokenizer.ggml.add_space_prefix", { type: "bool", value: false }],
          ]),
        );
        const expected = sentencePiece(text, new Map(longer.map((one) => [one, scores[texts.indexOf(one)] as number])));
        expect(tokenizer.encode(text).map((id) => tokenizer.tokenOf(id))).toEqual(expected);
      },
    ),
    { numRuns: 300 },
  );
});

test("a very long piece gets no merges instead of taking time in proportion to its square", () => {
  const pieces = new Map([
    ["a", 0],
    ["a".repeat(1_000_000), 1],
    ["aa", 2],
  ]);
  expect(spmMerges(pieces, [0, -1, -2])).toEqual([["a", "a"]]);
});

test("metadata that is no tokenizer, or another kind of one, is refused with a code", () => {
  const good = exported("mixtral");
  const change = (key: string, value: GgufValue | undefined) => {
    const entries = new Map(good);
    if (value === undefined) entries.delete(key);
    else entries.set(key, value);
    return codeOf(() => load(entries));
  };
  const text = (value: string): GgufValue => ({ type: "string", value });
  const texts = (value: string[]): GgufValue => ({ type: "array", items: "string", value });
  expect(change("tokenizer.ggml.model", undefined)).toBe("tokenizer_missing");
  expect(change("tokenizer.ggml.tokens", undefined)).toBe("tokenizer_missing");
  expect(change("tokenizer.ggml.model", text("bert"))).toBe("tokenizer_unsupported");
  expect(change("tokenizer.ggml.pre", text("from-the-future"))).toBe("tokenizer_unsupported");
  expect(change("tokenizer.ggml.tokens", texts(["a", "a"]))).toBe("tokenizer_invalid");
  expect(change("tokenizer.ggml.tokens", text("a"))).toBe("gguf_metadata_invalid");
  expect(change("tokenizer.ggml.merges", texts(["q9q q9q"]))).toBe("tokenizer_invalid");
  expect(change("tokenizer.ggml.token_type", { type: "array", items: "i32", value: [1, 2] })).toBe("tokenizer_invalid");
  expect(change("tokenizer.ggml.bos_token_id", { type: "u32", value: 4_000_000 })).toBe("tokenizer_invalid");
  expect(change("tokenizer.ggml.model", text("llama"))).toBe("tokenizer_invalid");
});
