/**
 * The tokenizer in a GGUF file's metadata, as the files that `loadTokenizer` takes.
 *
 *   tokenizer.ggml.model       gpt2 (byte-level BPE) or llama (SentencePiece)
 *   tokenizer.ggml.tokens      texts by id
 *   tokenizer.ggml.token_type  1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte
 *   tokenizer.ggml.merges      gpt2: "left right" by rank
 *   tokenizer.ggml.scores      llama: the higher, the earlier joined
 *   tokenizer.ggml.pre         gpt2: how text is cut into words
 *   general.sampling.*         how to sample by default, as generation_config.json says it
 */
import type { GgufMetadata } from "../../formats/gguf/values.ts";
import { readGgufSampling } from "../../sampling/ggufSampling.ts";
import { fieldError, textError } from "../errors.ts";
import type { TokenizerFiles } from "../tokenizerFiles.ts";
import { endTokenIds } from "./endTokens.ts";
import { type GgufPreTokenizer, ggufPreTokenizer, splitsToPreTokenizer, unnamedPreTokenizer } from "./preTokenizers.ts";
import { spmMerges } from "./spmMerges.ts";

const TOKEN_TYPE = { normal: 1, unknown: 2, control: 3, userDefined: 4 } as const;

const SPECIAL_TYPES: readonly number[] = [TOKEN_TYPE.unknown, TOKEN_TYPE.control];

/** Ids that a SentencePiece vocabulary has by custom when the file does not say. */
const SENTENCEPIECE_IDS: ReadonlyMap<string, number> = new Map([
  ["unknown", 0],
  ["bos", 1],
  ["eos", 2],
]);
/** Tokens of Phi-3's vocabulary that keep the white space after them; all its other markup swallows it. */
const PHI3_KEEPS: ReadonlySet<string> = new Set(["<unk>", "<s>", "<|endoftext|>"]);

interface Tokens {
  readonly texts: readonly string[];
  readonly types: readonly number[];
}

/**
 * Throws `tokenizer_missing` when there is no tokenizer, `tokenizer_invalid`, `tokenizer_unsupported`, and
 * `gguf_metadata_invalid` for a key of the wrong type.
 */
export function ggufTokenizerFiles(metadata: GgufMetadata): TokenizerFiles {
  const model = metadata.string("tokenizer.ggml.model");
  const texts = metadata.strings("tokenizer.ggml.tokens")?.map((text, id) => (text === "" ? `[EMPTY_${id}]` : text));
  if (model === undefined || texts === undefined) {
    throw textError("tokenizer_missing", "metadata: expected tokenizer.ggml.model and tokenizer.ggml.tokens, got none");
  }
  const types = metadata.numbers("tokenizer.ggml.token_type") ?? [];
  if (types.length !== 0 && types.length !== texts.length) {
    throw fieldError("tokenizer_invalid", "tokenizer.ggml.token_type", `${texts.length} entries`, types.length);
  }
  const tokens = { texts, types };
  if (model === "gpt2") {
    const pre = byteLevelRules(metadata, tokens);
    return files(metadata, tokens, byteLevelJson(metadata, tokens, pre), pre.addBos);
  }
  if (model === "llama") return files(metadata, tokens, sentencePieceJson(metadata, tokens), true);
  throw fieldError("tokenizer_unsupported", "tokenizer.ggml.model", "gpt2 or llama", model);
}

function byteLevelRules(metadata: GgufMetadata, { texts }: Tokens): GgufPreTokenizer {
  const unnamed = unnamedPreTokenizer(metadata.string("general.architecture") ?? "", texts.length);
  return ggufPreTokenizer(metadata.string("tokenizer.ggml.pre") ?? unnamed);
}

function byteLevelJson(metadata: GgufMetadata, { texts }: Tokens, pre: GgufPreTokenizer): object {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false };
  return {
    normalizer: pre.nfc ? { type: "NFC" } : null,
    pre_tokenizer: splitsToPreTokenizer(pre.splits),
    decoder: byteLevel,
    model: {
      type: "BPE",
      ignore_merges: pre.ignoreMerges,
      vocab: vocabOf(texts),
      merges: metadata.strings("tokenizer.ggml.merges") ?? [],
    },
  };
}

function sentencePieceJson(metadata: GgufMetadata, { texts, types }: Tokens): object {
  const scores = metadata.numbers("tokenizer.ggml.scores") ?? [];
  if (scores.length !== texts.length) {
    throw fieldError("tokenizer_invalid", "tokenizer.ggml.scores", `${texts.length} entries`, scores.length);
  }
  const prefix = metadata.boolean("tokenizer.ggml.add_space_prefix") ?? true;
  const isPiece = (id: number) => types.length === 0 || types[id] === TOKEN_TYPE.normal;
  const pieces = new Map(texts.flatMap((text, id): [string, number][] => (isPiece(id) ? [[text, id]] : [])));
  return {
    normalizer: {
      type: "Sequence",
      normalizers: [
        ...(prefix ? [{ type: "Prepend", prepend: "▁" }] : []),
        { type: "Replace", pattern: { String: " " }, content: "▁" },
      ],
    },
    pre_tokenizer: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(prefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      type: "BPE",
      unk_token: texts[metadata.natural("tokenizer.ggml.unknown_token_id") ?? 0],
      fuse_unk: true,
      byte_fallback: true,
      vocab: vocabOf(texts),
      merges: spmMerges(pieces, scores),
    },
  };
}

function files(metadata: GgufMetadata, tokens: Tokens, json: object, addsBos: boolean): TokenizerFiles {
  const { texts } = tokens;
  const ids = namedIds(metadata, tokens);
  const frame = [
    ...((metadata.boolean("tokenizer.ggml.add_bos_token") ?? addsBos) ? [ids.get("bos")] : []),
    "text" as const,
    ...((metadata.boolean("tokenizer.ggml.add_eos_token") ?? false) ? [ids.get("eos")] : []),
  ].filter((id) => id !== undefined);
  const textOf = (id: number): string => texts[id] as string;
  const framed = frame.filter((id) => id !== "text");
  const tokenizer = {
    version: "1.0",
    ...json,
    added_tokens: addedTokens(metadata, tokens, [ids.get("bos"), ids.get("eos")]),
    post_processor: {
      type: "TemplateProcessing",
      single: frame.map((id) =>
        id === "text" ? { Sequence: { id: "A", type_id: 0 } } : { SpecialToken: { id: textOf(id), type_id: 0 } },
      ),
      special_tokens: Object.fromEntries(
        framed.map((id) => [textOf(id), { id: textOf(id), ids: [id], tokens: [textOf(id)] }]),
      ),
    },
  };
  const config: Record<string, unknown> = { clean_up_tokenization_spaces: false };
  for (const [key, name] of [
    ["bos", "bos"],
    ["eos", "eos"],
    ["unknown", "unk"],
    ["padding", "pad"],
  ] as const) {
    const id = ids.get(key);
    if (id !== undefined) config[`${name}_token`] = textOf(id);
  }
  const result = new Map([
    ["tokenizer.json", JSON.stringify(tokenizer)],
    ["tokenizer_config.json", JSON.stringify(config)],
  ]);
  const ends = endTokenIds(
    texts,
    (id) => isMarkup(tokens, id),
    ["eos", "eot", "eom"].flatMap((name) => ids.get(name) ?? []),
  );
  const generation = { ...(ends.length > 0 && { eos_token_id: ends }), ...readGgufSampling(metadata) };
  if (Object.keys(generation).length > 0) result.set("generation_config.json", JSON.stringify(generation));
  const template = metadata.string("tokenizer.chat_template");
  if (template !== undefined) result.set("chat_template.jinja", template);
  for (const key of metadata.entries.keys()) {
    const name = /^tokenizer\.chat_template\.([A-Za-z0-9_-]{1,64})$/.exec(key)?.[1];
    if (name !== undefined) result.set(`additional_chat_templates/${name}.jinja`, metadata.string(key) as string);
  }
  return result;
}

/**
 * Ids of tokens with a role. Ends and begins must be in the vocabulary: throws `tokenizer_invalid`. The others are left
 * out when they are not, as converted files have them.
 */
function namedIds(metadata: GgufMetadata, tokens: Tokens): ReadonlyMap<string, number> {
  const size = tokens.texts.length;
  const byCustom = (name: string): number | undefined => {
    const id = metadata.string("tokenizer.ggml.model") === "llama" ? SENTENCEPIECE_IDS.get(name) : undefined;
    return id !== undefined && isMarkup(tokens, id) ? id : undefined;
  };
  const found = new Map<string, number>();
  for (const name of ["bos", "eos", "unknown", "padding", "eot", "eom"]) {
    const key = `tokenizer.ggml.${name}_token_id`;
    const id = metadata.number(key) ?? byCustom(name);
    if (id !== undefined && Number.isSafeInteger(id) && id >= 0 && id < size) found.set(name, id);
    else if ((name === "bos" || name === "eos") && metadata.has(key)) {
      throw fieldError("tokenizer_invalid", key, `an id below ${size}`, id);
    }
  }
  return found;
}

/** Whether a token is more than a piece of text. */
function isMarkup({ types }: Tokens, id: number): boolean {
  const type = types[id];
  return type === undefined || type === TOKEN_TYPE.userDefined || SPECIAL_TYPES.includes(type);
}

/** Tokens that are recognised as a whole in a text. */
function addedTokens(metadata: GgufMetadata, { texts, types }: Tokens, frame: readonly (number | undefined)[]) {
  // The file does not say which tokens swallow the white space after them; Phi-3's vocabulary is told by a token.
  const phi3 = metadata.string("general.architecture") === "phimoe" && texts.includes("<|placeholder1|>");
  return texts.flatMap((content, id) => {
    const special = SPECIAL_TYPES.includes(types[id] ?? TOKEN_TYPE.normal) || frame.includes(id);
    if (!special && types[id] !== TOKEN_TYPE.userDefined) return [];
    return [{ id, content, special, normalized: false, ...(phi3 && !PHI3_KEEPS.has(content) ? { rstrip: true } : {}) }];
  });
}

/** Throws `tokenizer_invalid` for a text that occurs twice. */
function vocabOf(texts: readonly string[]): object {
  const vocab = new Map(texts.map((text, id) => [text, id]));
  if (vocab.size !== texts.length) {
    throw fieldError(
      "tokenizer_invalid",
      "tokenizer.ggml.tokens",
      "distinct texts",
      `${texts.length - vocab.size} doubles`,
    );
  }
  return Object.fromEntries(vocab);
}
