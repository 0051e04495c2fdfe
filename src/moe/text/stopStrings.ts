/**
 * Stop strings in a text that arrives in pieces.
 *
 * The text ends before the stop string that is complete first; of several that end at the same place, before the one
 * that begins first. Invariant: the result does not depend on the cuts between pieces, and nothing of a stop string is
 * ever given out: an end of the text that is the beginning of one is held back.
 */
import { textError } from "./errors.ts";
import { MAX_STOP_CHARS, MAX_STOP_STRINGS } from "./limits.ts";

export interface StopResult {
  /** Text that is certain now; often empty. */
  readonly text: string;
  /** The stop string that was found; then the text is complete. */
  readonly stop: string | undefined;
}

export interface StopMatcher {
  /** After a stop was found every further push gives nothing. */
  push(piece: string): StopResult;
  /** What was held back, when the text ends without a stop. */
  flush(): string;
}

/** One stop string and how much of it the text ends with (Knuth-Morris-Pratt). */
interface Progress {
  readonly stop: string;
  /** Length of the longest border of each beginning of `stop`. */
  readonly borders: Int32Array;
  matched: number;
}

/**
 * Checks a list of stop strings: at most 16, each of 1 to 1,024 UTF-16 code units. Throws `stop_invalid`.
 * Doubles are dropped.
 */
export function checkStopStrings(stops: unknown): readonly string[] {
  if (!Array.isArray(stops) || stops.length > MAX_STOP_STRINGS) {
    throw textError("stop_invalid", `stop: expected a list of at most ${MAX_STOP_STRINGS} strings`);
  }
  for (const stop of stops) {
    if (typeof stop !== "string" || stop.length === 0 || stop.length > MAX_STOP_CHARS) {
      const got = typeof stop === "string" ? `${stop.length} characters` : typeof stop;
      throw textError("stop_invalid", `stop: expected strings of 1 to ${MAX_STOP_CHARS} characters, got ${got}`);
    }
  }
  return [...new Set(stops as string[])];
}

/** Throws `stop_invalid`. No stop strings: every piece comes out at once. */
export function createStopMatcher(stops: readonly string[]): StopMatcher {
  const all = checkStopStrings(stops).map((stop): Progress => ({ stop, borders: bordersOf(stop), matched: 0 }));
  let held = "";
  let found: string | undefined;
  return {
    push: (piece) => {
      if (found !== undefined) return { text: "", stop: found };
      const text = held + piece;
      for (let i = held.length; i < text.length; i++) {
        const complete = longestComplete(all, text.charCodeAt(i));
        if (complete === undefined) continue;
        found = complete;
        held = "";
        return { text: text.slice(0, i + 1 - complete.length), stop: complete };
      }
      const keep = all.reduce((most, { matched }) => Math.max(most, matched), 0);
      held = text.slice(text.length - keep);
      return { text: text.slice(0, text.length - keep), stop: undefined };
    },
    flush: () => {
      const rest = held;
      held = "";
      return rest;
    },
  };
}

/** Takes one more code unit; the longest stop string that is complete now began first. */
function longestComplete(all: readonly Progress[], code: number): string | undefined {
  let longest: string | undefined;
  for (const progress of all) {
    const { stop, borders } = progress;
    let matched = progress.matched;
    while (matched > 0 && stop.charCodeAt(matched) !== code) matched = borders[matched - 1] as number;
    if (stop.charCodeAt(matched) === code) matched += 1;
    progress.matched = matched;
    if (matched === stop.length && stop.length > (longest?.length ?? 0)) longest = stop;
  }
  return longest;
}

function bordersOf(stop: string): Int32Array {
  const borders = new Int32Array(stop.length);
  for (let i = 1; i < stop.length; i++) {
    let length = borders[i - 1] as number;
    while (length > 0 && stop.charCodeAt(i) !== stop.charCodeAt(length)) length = borders[length - 1] as number;
    borders[i] = stop.charCodeAt(i) === stop.charCodeAt(length) ? length + 1 : 0;
  }
  return borders;
}
