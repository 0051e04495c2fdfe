/**
 * The tokenizer in a GGUF file's metadata, as the files that `loadTokenizer` takes.
 *
 *   tokenizer.ggml.model       gpt2 (byte-level BPE) or llama (SentencePiece)
 *   tokenizer.ggml.tokens      texts by id
 *   tokenizer.ggml.token_type  1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte
 *   tokenizer.ggml.merges      gpt2: "left right" by rank
 *   tokenizer.ggml.scores      llama: the higher, the earlier joined
 *   tokenizer.ggml.pre         gpt2: how text is cut into words
 */
import type { GgufMetadata } from "../../formats/gguf/values.ts";
import { fieldError, textError } from "../errors.ts";
import type { TokenizerFiles } from "../tokenizerFiles.ts";
import { ggufPreTokenizer, splitsToPreTokenizer } from "./preTokenizers.ts";
import { spmMerges } from "./spmMerges.ts";

const TOKEN_TYPE = { normal: 1, unknown: 2, control: 3, userDefined: 4 } as const;

const SPECIAL_TYPES: readonly number[] = [TOKEN_TYPE.unknown, TOKEN_TYPE.control];

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
  const texts = metadata.strings("tokenizer.ggml.tokens");
  if (model === undefined || texts === undefined) {
    throw textError("tokenizer_missing", "metadata: expected tokenizer.ggml.model and tokenizer.ggml.tokens, got none");
  }
  const types = metadata.numbers("tokenizer.ggml.token_type") ?? [];
  if (types.length !== 0 && types.length !== texts.length) {
    throw fieldError("tokenizer_invalid", "tokenizer.ggml.token_type", `${texts.length} entries`, types.length);
  }
  const tokens = { texts, types };
  if (model === "gpt2") return files(metadata, tokens, byteLevelJson(metadata, tokens), bpeAddsBos(metadata));
  if (model === "llama") return files(metadata, tokens, sentencePieceJson(metadata, tokens), true);
  throw fieldError("tokenizer_unsupported", "tokenizer.ggml.model", "gpt2 or llama", model);
}

function byteLevelJson(metadata: GgufMetadata, { texts }: Tokens): object {
  const pre = ggufPreTokenizer(metadata.string("tokenizer.ggml.pre") ?? "default");
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

function bpeAddsBos(metadata: GgufMetadata): boolean {
  return ggufPreTokenizer(metadata.string("tokenizer.ggml.pre") ?? "default").addBos;
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

function files(metadata: GgufMetadata, { texts, types }: Tokens, json: object, addsBos: boolean): TokenizerFiles {
  const idOf = (name: string) => metadata.natural(`tokenizer.ggml.${name}_token_id`);
  const bosId = idOf("bos");
  const eosId = idOf("eos");
  const ids = [
    ...((metadata.boolean("tokenizer.ggml.add_bos_token") ?? addsBos) ? [bosId] : []),
    "text" as const,
    ...((metadata.boolean("tokenizer.ggml.add_eos_token") ?? false) ? [eosId] : []),
  ].filter((id) => id !== undefined);
  const textOf = (id: number): string => {
    const text = texts[id];
    if (text === undefined) throw fieldError("tokenizer_invalid", "tokenizer.ggml", `ids below ${texts.length}`, id);
    return text;
  };
  const framed = ids.filter((id) => id !== "text");
  const tokenizer = {
    version: "1.0",
    ...json,
    added_tokens: texts.flatMap((content, id) => {
      const special = SPECIAL_TYPES.includes(types[id] ?? TOKEN_TYPE.normal) || id === bosId || id === eosId;
      return special || types[id] === TOKEN_TYPE.userDefined ? [{ id, content, special, normalized: false }] : [];
    }),
    post_processor: {
      type: "TemplateProcessing",
      single: ids.map((id) =>
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
    const id = idOf(key);
    if (id !== undefined) config[`${name}_token`] = textOf(id);
  }
  const result = new Map([
    ["tokenizer.json", JSON.stringify(tokenizer)],
    ["tokenizer_config.json", JSON.stringify(config)],
  ]);
  const ends = [eosId, idOf("eot"), idOf("eom")].filter((id) => id !== undefined);
  if (ends.length > 0) result.set("generation_config.json", JSON.stringify({ eos_token_id: [...new Set(ends)] }));
  const template = metadata.string("tokenizer.chat_template");
  if (template !== undefined) result.set("chat_template.jinja", template);
  for (const key of metadata.entries.keys()) {
    const name = /^tokenizer\.chat_template\.([A-Za-z0-9_-]{1,64})$/.exec(key)?.[1];
    if (name !== undefined) result.set(`additional_chat_templates/${name}.jinja`, metadata.string(key) as string);
  }
  return result;
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
