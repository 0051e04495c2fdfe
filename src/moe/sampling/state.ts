/**
 * A sampler's state as plain JSON, so that a request can go on in another process or on another machine.
 * It comes back from outside, so it is checked like any other input.
 */
import { excerpt } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";
import { checkTokenId, createHistory, type TokenHistory } from "./history.ts";
import { resolveSeed } from "./options.ts";

export interface SamplerState {
  /** Decimal digits of the unsigned 64-bit seed (JSON numbers cannot hold it). */
  readonly seed: string;
  /** Distinct ids of the prompt. */
  readonly promptIds: readonly number[];
  /** Pairs of id and number of uses in the answer so far. */
  readonly counts: readonly (readonly [id: number, count: number])[];
}

/** Most ids in `promptIds` and pairs in `counts`. */
const MAX_STATE_ENTRIES = 2 ** 20;

export function writeState(seed: bigint, history: TokenHistory): SamplerState {
  return { seed: seed.toString(), promptIds: [...history.prompt], counts: [...history.counts] };
}

/** Throws `bad_sampler_state` for anything that `writeState` cannot have written. */
export function readState(state: SamplerState): { readonly seed: bigint; readonly history: TokenHistory } {
  if (typeof state !== "object" || state === null) throw bad("state", "an object", state);
  if (typeof state.seed !== "string" || !/^[0-9]{1,20}$/.test(state.seed)) {
    throw bad("seed", "up to 20 decimal digits", state.seed);
  }
  checkList("promptIds", state.promptIds);
  checkList("counts", state.counts);
  const history = createHistory();
  try {
    for (const id of state.promptIds) history.prompt.add(checkTokenId(id));
    for (const pair of state.counts) {
      const [id, count] = pair;
      if (!Number.isSafeInteger(count) || count < 1 || history.counts.has(id)) {
        throw bad("counts", "pairs of distinct ids and positive integers", pair);
      }
      history.counts.set(checkTokenId(id), count);
      history.length += count;
    }
    if (!Number.isSafeInteger(history.length)) throw bad("counts", "a sum below 2^53", history.length);
    return { seed: resolveSeed(BigInt(state.seed)), history };
  } catch (error) {
    if (error instanceof AiBlockError && error.code === "bad_sampler_state") throw error;
    throw new AiBlockError("bad_sampler_state", `state: ${String((error as Error).message)}`, {}, { cause: error });
  }
}

function checkList(name: string, value: unknown): void {
  if (!Array.isArray(value) || value.length > MAX_STATE_ENTRIES) {
    throw bad(name, `an array of at most ${MAX_STATE_ENTRIES}`, Array.isArray(value) ? value.length : value);
  }
}

function bad(field: string, expected: string, got: unknown): AiBlockError {
  return new AiBlockError("bad_sampler_state", `state.${field}: expected ${expected}, got ${excerpt(got)}`, { field });
}
