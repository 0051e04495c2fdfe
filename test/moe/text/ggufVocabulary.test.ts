/** Vocabularies as GGUF files found in the wild have them. */
import { GgufMetadata, type GgufValue } from "../../../src/moe/formats/gguf/values.ts";
import { ggufPreTokenizer, unnamedPreTokenizer } from "../../../src/moe/text/gguf/preTokenizers.ts";
import { ggufTokenizerFiles } from "../../../src/moe/text/gguf/readTokenizer.ts";
import { loadTokenizer } from "../../../src/moe/text/tokenizer.ts";
import { codeOf } from "./fixtures.ts";

const NORMAL = 1;
const UNKNOWN = 2;
const CONTROL = 3;
const USER = 4;

const text = (value: string): GgufValue => ({ type: "string", value });
const texts = (value: readonly string[]): GgufValue => ({ type: "array", items: "string", value });
const ints = (value: readonly number[]): GgufValue => ({ type: "array", items: "i32", value });

/** The 256 characters that stand for single bytes in byte-level vocabularies, as far as ASCII and Latin-1 print. */
const BYTES = Array.from({ length: 256 }, (_, byte) => byte)
  .filter((byte) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173))
  .map((byte) => String.fromCharCode(byte));
const OTHERS = Array.from({ length: 256 - BYTES.length }, (_, i) => String.fromCharCode(256 + i));

interface Vocabulary {
  readonly markup?: readonly (readonly [token: string, type: number])[];
  readonly words?: readonly string[];
  readonly merges?: readonly string[];
  readonly extra?: Readonly<Record<string, GgufValue>>;
}

/** A byte-level vocabulary: the bytes, then `words`, then `markup`. */
function byteLevel({ markup = [], words = [], merges = [], extra = {} }: Vocabulary) {
  const tokens = [...BYTES, ...OTHERS, ...words];
  const types = [...tokens.map(() => NORMAL), ...markup.map(([, type]) => type)];
  const entries: Record<string, GgufValue> = {
    "tokenizer.ggml.model": text("gpt2"),
    "tokenizer.ggml.pre": text("qwen2"),
    "tokenizer.ggml.tokens": texts([...tokens, ...markup.map(([token]) => token)]),
    "tokenizer.ggml.token_type": ints(types),
    "tokenizer.ggml.merges": texts(merges),
    ...extra,
  };
  return new GgufMetadata(new Map(Object.entries(entries)));
}

function sentencePiece(
  tokens: readonly (readonly [string, number])[],
  extra: Readonly<Record<string, GgufValue>> = {},
) {
  const entries: Record<string, GgufValue> = {
    "tokenizer.ggml.model": text("llama"),
    "tokenizer.ggml.tokens": texts(tokens.map(([token]) => token)),
    "tokenizer.ggml.token_type": ints(tokens.map(([, type]) => type)),
    "tokenizer.ggml.scores": { type: "array", items: "f32", value: tokens.map((_, id) => -id) },
    ...extra,
  };
  return new GgufMetadata(new Map(Object.entries(entries)));
}

const load = (metadata: GgufMetadata) => loadTokenizer(ggufTokenizerFiles(metadata));
const id = (value: number): GgufValue => ({ type: "u32", value });

test("an answer ends at the file's end token and at every token known to end turns or texts", () => {
  const markup = [
    ["<|endoftext|>", CONTROL],
    ["<|im_start|>", CONTROL],
    ["<|im_end|>", CONTROL],
    ["<tool_call>", USER],
  ] as const;
  const tokenizer = load(byteLevel({ markup, extra: { "tokenizer.ggml.eos_token_id": id(256) } }));
  expect(tokenizer.eosIds).toEqual([256, 258]);
});

test("gpt-oss ends at a return or a call, and goes on after the end of a message", () => {
  const markup = [
    ["<|start|>", CONTROL],
    ["<|end|>", CONTROL],
    ["<|return|>", CONTROL],
    ["<|call|>", CONTROL],
  ] as const;
  const eos = { "tokenizer.ggml.eos_token_id": id(258) };
  expect(load(byteLevel({ markup, extra: eos })).eosIds).toEqual([258, 259]);
  // Phi's messages end with it, and with them the turn.
  expect(load(byteLevel({ markup: markup.slice(0, 2) })).eosIds).toEqual([257]);
});

test("a piece of text that looks like an end token is text", () => {
  const tokenizer = load(byteLevel({ words: ["</s>"], merges: [] }));
  expect(tokenizer.eosIds).toEqual([]);
});

test("named ends of turns and messages come after the end of a text; those outside the vocabulary are left out", () => {
  const markup = [
    ["a-text", CONTROL],
    ["a-turn", CONTROL],
    ["a-message", CONTROL],
  ] as const;
  const keys = { eos: 256, eot: 257, eom: 258, padding: 4_294_967_295, unknown: 999 };
  const extra = Object.fromEntries(
    Object.entries(keys).map(([key, value]) => [`tokenizer.ggml.${key}_token_id`, id(value)]),
  );
  expect(load(byteLevel({ markup, extra })).eosIds).toEqual([256, 257, 258]);
  const wrong = byteLevel({ markup, extra: { "tokenizer.ggml.eos_token_id": id(259) } });
  expect(codeOf(() => load(wrong))).toBe("tokenizer_invalid");
});

test("a SentencePiece vocabulary that names no ids has them where they are by custom", () => {
  const tokens = [
    ["<unk>", UNKNOWN],
    ["<s>", CONTROL],
    ["</s>", CONTROL],
    ["▁", NORMAL],
    ["a", NORMAL],
  ] as const;
  const tokenizer = load(sentencePiece(tokens));
  expect([tokenizer.bosId, tokenizer.eosIds, tokenizer.encode("a")]).toEqual([1, [2], [1, 3, 4]]);
  const bare = load(sentencePiece(tokens, { "tokenizer.ggml.add_bos_token": { type: "bool", value: false } }));
  expect(bare.encode("a")).toEqual([3, 4]);
});

test("tokens without a text are told apart", () => {
  const tokenizer = load(byteLevel({ words: ["", "ab", ""], merges: ["a b"] }));
  expect(tokenizer.encode("ab")).toEqual([257]);
  expect([tokenizer.tokenOf(256), tokenizer.tokenOf(258)]).toEqual(["[EMPTY_256]", "[EMPTY_258]"]);
});

test("Phi-3's markup swallows the white space after it, its end of text does not", () => {
  const vocabulary = [
    ["<unk>", UNKNOWN],
    ["<s>", CONTROL],
    ["</s>", CONTROL],
    ["<0x0A>", 6],
    ["▁", NORMAL],
    ["a", NORMAL],
    ["<|user|>", CONTROL],
    ["<|endoftext|>", CONTROL],
  ] as const;
  const plain = { "general.architecture": text("phimoe") };
  const ids = (tokens: readonly (readonly [string, number])[], input: string) =>
    load(sentencePiece(tokens, { ...plain, "tokenizer.ggml.add_space_prefix": { type: "bool", value: false } })).encode(
      input,
      {
        addSpecialTokens: false,
      },
    );
  const phi3 = [...vocabulary, ["<|placeholder1|>", CONTROL] as const];
  expect(ids(phi3, "<|user|>\n a")).toEqual([6, 5]);
  expect(ids(phi3, "<|endoftext|>\na")).toEqual([7, 3, 5]);
  expect(ids(vocabulary, "<|user|>\na")).toEqual([6, 3, 5]);
});

test("a file that does not name its rules of splitting has those of the models of its time", () => {
  expect(unnamedPreTokenizer("qwen2moe", 151_936)).toBe("qwen2");
  expect(unnamedPreTokenizer("llama", 128_256)).toBe("llama-bpe");
  expect(unnamedPreTokenizer("llama", 32_000)).toBe("default");
  const unnamed = byteLevel({ extra: { "general.architecture": text("qwen2moe") } });
  const entries = new Map(unnamed.entries);
  entries.delete("tokenizer.ggml.pre");
  const { normalizer } = JSON.parse(String(ggufTokenizerFiles(new GgufMetadata(entries)).get("tokenizer.json")));
  expect(normalizer).toEqual({ type: "NFC" });
});

/** The words that a vocabulary of every pair and triple of `alphabet` sees: each word of the text becomes its tokens. */
function words(pre: string, input: string): string[] {
  // No merges: every byte is a token of its own, so the words are seen through merges of everything with everything.
  const characters = [...new Set(Array.from(input))].map((character) => byteForm(character));
  const known = new Set(characters);
  const merges: string[] = [];
  let level = characters;
  for (let length = 2; length <= 4; length++) {
    const next: string[] = [];
    for (const left of level) {
      for (const right of characters) {
        if (known.has(left + right)) continue;
        known.add(left + right);
        next.push(left + right);
        merges.push(`${left} ${right}`);
      }
    }
    level = next;
  }
  const tokenizer = load(
    byteLevel({
      words: [...known].filter((token) => token.length > 1),
      merges,
      extra: { "tokenizer.ggml.pre": text(pre) },
    }),
  );
  return tokenizer.encode(input, { addSpecialTokens: false }).map((token) => tokenizer.decode([token]));
}

/** ASCII only: the character that stands for its byte. */
function byteForm(character: string): string {
  const code = character.charCodeAt(0);
  return code > 32 && code < 127 ? character : String.fromCharCode(256 + (code <= 32 ? code : code - 94));
}

test.each([
  ["gpt-2", "ab 12", ["ab", " 12"]],
  ["starcoder", "ab 12", ["ab", " ", "1", "2"]],
  ["qwen2", "ab 12", ["ab", " ", "1", "2"]],
  ["llama-bpe", "ab1234", ["ab", "123", "4"]],
  ["falcon3", "ab1234", ["ab", "123", "4"]],
  ["gigachat", "ab 12", ["ab", " 12"]],
  ["deepseek-coder", "ab 12\n", ["ab", " ", "1", "2", "\n"]],
  ["deepseek-v3", "ab1234", ["ab", "123", "4"]],
  ["joyai-llm", "ab1234", ["ab", "123", "4"]],
  ["kimi-k2", "aB1234", ["a", "B", "123", "4"]],
  ["gpt-4o", "aB1234", ["a", "B", "123", "4"]],
  ["tekken", "ab12", ["ab", "1", "2"]],
])("%s cuts %j into %j", (pre, input, expected) => {
  expect(words(pre, input)).toEqual(expected);
});

test("Chinese characters are apart from other letters for Kimi alone", () => {
  const [kimi] = ggufPreTokenizer("kimi-k2").splits;
  const pieces = "abc中文def".match(new RegExp(kimi!, "gu"));
  expect(pieces).toEqual(["abc", "中文", "def"]);
  expect("abc中文def".match(new RegExp(ggufPreTokenizer("gpt-4o").splits[0]!, "gu"))).toEqual(["abc中文def"]);
});
