/**
 * The half of a tokenizer that turns ids into text.
 *
 * It is made from plain data (`DecoderTable`), so that a thread can have it without the other half: nothing in here
 * runs patterns from a file, and every id takes a bounded time.
 */
import { readDecoder } from "./decoderSteps.ts";
import { createDetokenizer, type Detokenizer } from "./detokenizer.ts";
import { textError } from "./errors.ts";
import { cleanUpFilter } from "./streamingReplace.ts";
import { createTokenBytes } from "./tokenBytes.ts";

/** Structured-cloneable. */
export interface DecoderTable {
  /** Token by id, `undefined` for an id without one. */
  readonly tokens: readonly (string | undefined)[];
  readonly specialIds: ReadonlySet<number>;
  /** The `decoder` of the tokenizer.json. */
  readonly decoder: unknown;
  /** `clean_up_tokenization_spaces` of tokenizer_config.json. */
  readonly cleanUp: boolean;
}

export interface DecodeOptions {
  /** Leave special tokens out. Default false. */
  readonly skipSpecialTokens?: boolean | undefined;
}

export interface StreamOptions extends DecodeOptions {
  /** Ids that come before: the text goes on after them, so a leading space is kept. Default none. */
  readonly after?: readonly number[] | undefined;
}

export interface TokenDecoder {
  /** One more than the highest id. The model's output may be wider (padded). */
  readonly vocabSize: number;
  /** Ids that `skipSpecialTokens` leaves out. */
  readonly specialIds: ReadonlySet<number>;
  /** The token as the files spell it (`Ġthe`, `▁the`), `undefined` for an id without one. */
  tokenOf(id: number): string | undefined;
  /** The bytes that a token stands for; none for an unknown id. */
  tokenBytes(id: number): Uint8Array;
  /** Ids without a token add nothing. Throws `token_id_invalid`. */
  decode(ids: Iterable<number>, options?: DecodeOptions): string;
  createDetokenizer(options?: StreamOptions): Detokenizer;
}

/** Throws `tokenizer_invalid` and `tokenizer_unsupported` for a decoder that is not known. */
export function createTokenDecoder({ tokens, specialIds, decoder, cleanUp }: DecoderTable): TokenDecoder {
  const steps = readDecoder(decoder);
  const bytesOf = createTokenBytes(decoder);
  const stream = ({ skipSpecialTokens = false, after = [] }: StreamOptions): Detokenizer => {
    const tokenOf = (id: number) => {
      if (!Number.isInteger(id) || id < 0) {
        throw textError("token_id_invalid", `id: expected a non-negative integer, got ${String(id)}`);
      }
      return skipSpecialTokens && specialIds.has(id) ? undefined : tokens[id];
    };
    const filter = cleanUp ? cleanUpFilter() : undefined;
    const detokenizer = createDetokenizer(
      tokenOf,
      steps.map((create) => create()),
      filter,
    );
    for (const id of after) detokenizer.push(id);
    return detokenizer;
  };
  return {
    vocabSize: tokens.length,
    specialIds,
    tokenOf: (id) => tokens[id],
    tokenBytes: (id) => bytesOf(tokens[id] ?? ""),
    decode: (ids, options = {}) => {
      const detokenizer = stream({ skipSpecialTokens: options.skipSpecialTokens });
      let text = "";
      for (const id of ids) text += detokenizer.push(id);
      return text + detokenizer.flush();
    },
    createDetokenizer: (options = {}) => stream(options),
  };
}
