/**
 * Trains a byte-level BPE tokenizer and gives a tokenizer.json that Hugging Face's libraries read.
 * The same corpus and options give the same file, byte for byte.
 */
import { learnMerges } from "./merger.ts";
import { type BpeOptions, resolveBpeOptions } from "./options.ts";
import { tokenizerJson } from "./tokenizerJson.ts";
import { type Corpus, countWords } from "./wordCounts.ts";

export interface BpeProgress {
  readonly phase: "reading" | "merging";
  /** reading: UTF-16 code units read; merging: entries of the vocabulary. */
  readonly done: number;
  /** merging: the vocabulary asked for. Reading: unknown. */
  readonly total: number | undefined;
}

export interface BpeTrainOptions extends BpeOptions {
  readonly onProgress?: ((progress: BpeProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TrainedBpe {
  /** The text of a tokenizer.json. */
  readonly json: string;
  readonly vocabSize: number;
  /** Left and right token of each merge, in the byte alphabet, by rank. */
  readonly merges: readonly (readonly [left: string, right: string])[];
  /** What was read: UTF-16 code units, and distinct words. */
  readonly characters: number;
  readonly distinctWords: number;
}

/**
 * `corpus`: documents; words never cross from one to the next.
 * Throws `bad_bpe_option`, `corpus_empty`, `corpus_too_short`, and the signal's reason when it is aborted.
 */
export async function trainBpe(corpus: Corpus, options: BpeTrainOptions): Promise<TrainedBpe> {
  const { onProgress, signal, ...asked } = options;
  const resolved = resolveBpeOptions(asked);
  signal?.throwIfAborted();
  const { counts, characters } = await countWords(
    corpus,
    resolved,
    (done) => onProgress?.({ phase: "reading", done, total: undefined }),
    signal,
  );
  const learnt = await learnMerges(
    counts,
    resolved,
    (done) => onProgress?.({ phase: "merging", done, total: resolved.vocabSize }),
    signal,
  );
  signal?.throwIfAborted();
  return {
    json: tokenizerJson(learnt, resolved),
    vocabSize: learnt.tokens.length,
    merges: learnt.merges,
    characters,
    distinctWords: counts.size,
  };
}
