/**
 * Literal replacement in a text that arrives in pieces.
 *
 * Invariant: what was given out, plus what `flush` gives, is the same as one replacement over the whole text. A tail
 * that could be the beginning of the search text is held back.
 */

export interface TextFilter {
  push(text: string): string;
  /** The end of the text. */
  flush(): string;
}

/** Replaces every `search` (not empty), from left to right without overlaps, by `replacement`. */
export function streamingReplace(search: string, replacement: string): TextFilter {
  let held = "";
  return {
    push: (text) => {
      const parts = (held + text).split(search);
      const last = parts.pop() as string;
      const keep = overlap(last, search);
      held = keep === 0 ? "" : last.slice(-keep);
      parts.push(last.slice(0, last.length - keep));
      return parts.join(replacement);
    },
    flush: () => {
      const rest = held;
      held = "";
      return rest;
    },
  };
}

/** The length of the longest end of `text` that is a proper beginning of `search`. */
export function overlap(text: string, search: string): number {
  for (let length = Math.min(text.length, search.length - 1); length > 0; length--) {
    if (text.endsWith(search.slice(0, length))) return length;
  }
  return 0;
}

/** Runs filters one after the other. */
function chainFilters(filters: readonly TextFilter[]): TextFilter {
  return {
    push: (text) => filters.reduce((out, filter) => filter.push(out), text),
    flush: () => filters.reduce((out, filter) => filter.push(out) + filter.flush(), ""),
  };
}

/** The spaces that `clean_up_tokenization_spaces` takes out, in the order in which the reference library does it. */
const CLEAN_UPS = [
  [" .", "."],
  [" ?", "?"],
  [" !", "!"],
  [" ,", ","],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
] as const;

export function cleanUpFilter(): TextFilter {
  return chainFilters(CLEAN_UPS.map(([search, replacement]) => streamingReplace(search, replacement)));
}
