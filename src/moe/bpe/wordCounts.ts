/**
 * The distinct words of a corpus and how often each occurs. Training looks at those only: a word that occurs a
 * thousand times is merged once.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { createAddedTokenSplitter } from "../text/addedTokenSplitter.ts";
import { createSplitter } from "../text/libraryTokenizer.ts";
import { bpeError, type ResolvedBpeOptions } from "./options.ts";
import { preTokenizerJson } from "./tokenizerJson.ts";

/** Documents of the corpus; words never cross from one to the next. */
export type Corpus = Iterable<string> | AsyncIterable<string>;

export interface WordCounts {
  readonly counts: ReadonlyMap<string, number>;
  /** UTF-16 code units read. */
  readonly characters: number;
}

/** Give other work a turn after so many code units. */
const TURN_CHARS = 2 ** 18;

/**
 * Counts words, in the order of their first occurrence, cut exactly as the finished tokenizer will cut text. Special
 * tokens in the corpus are cut out and not counted.
 * Throws `corpus_empty`, and the signal's reason when it is aborted.
 */
export async function countWords(
  corpus: Corpus,
  options: ResolvedBpeOptions,
  onRead: (characters: number) => void,
  signal: AbortSignal | undefined,
): Promise<WordCounts> {
  const split = createSplitter(preTokenizerJson(options));
  const cutSpecial = createAddedTokenSplitter(
    options.specialTokens.map((content, id) => [
      content,
      { id, content, special: true, normalized: false, lstrip: false, rstrip: false, singleWord: false },
    ]),
  );
  const counts = new Map<string, number>();
  let characters = 0;
  let nextTurnAt = TURN_CHARS;
  for await (const text of corpus) {
    signal?.throwIfAborted();
    if (typeof text !== "string") {
      throw bpeError("bad_bpe_option", `corpus: expected texts, got ${typeof text}`, { parameter: "corpus" });
    }
    for (const piece of cutSpecial(text)) {
      if ("token" in piece) continue;
      for (const word of split(piece.text)) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    characters += text.length;
    if (characters >= nextTurnAt) {
      nextTurnAt = characters + TURN_CHARS;
      onRead(characters);
      await nextTurn();
    }
  }
  if (counts.size === 0) throw bpeError("corpus_empty", "corpus: expected some text, got none");
  return { counts, characters };
}
