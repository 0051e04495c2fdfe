/**
 * Ids to text, one id at a time.
 *
 * Invariant: the pieces, joined, equal `decode` of all ids at once; no piece holds half of a character; nothing is
 * given out twice. `decode` is this detokenizer run to its end.
 */
import type { DecoderStep } from "./decoderSteps.ts";
import type { TextFilter } from "./streamingReplace.ts";

export interface Detokenizer {
  /** The text that is certain now; often empty. Throws `token_id_invalid` unless `id` is a non-negative integer. */
  push(id: number): string;
  /** The rest, with U+FFFD for bytes that never became a character. The detokenizer cannot be used afterwards. */
  flush(): string;
}

/** `tokenOf`: the token of an id, `undefined` for one that adds nothing (unknown, or special and skipped). */
export function createDetokenizer(
  tokenOf: (id: number) => string | undefined,
  steps: readonly DecoderStep[],
  filter: TextFilter | undefined,
): Detokenizer {
  const through = (tokens: readonly string[], from: number): string => {
    let current = tokens;
    for (let i = from; i < steps.length && current.length > 0; i++) {
      const step = steps[i] as DecoderStep;
      current = current.length === 1 ? step.push(current[0] as string) : current.flatMap((token) => step.push(token));
    }
    return current.join("");
  };
  return {
    push: (id) => {
      const token = tokenOf(id);
      if (token === undefined) return "";
      const text = through([token], 0);
      return filter === undefined ? text : filter.push(text);
    },
    flush: () => {
      let text = "";
      for (const [i, step] of steps.entries()) text += through(step.flush(), i + 1);
      return filter === undefined ? text : filter.push(text) + filter.flush();
    },
  };
}
