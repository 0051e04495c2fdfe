/** Which rows the next step computes: one of each decoding sequence, and of prompts as many as there is room for. */
import { usesLongFactors } from "../model/ropeFrequencies.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Crew } from "./crew.ts";
import type { StepSequence } from "./decoder.ts";
import type { Sequence } from "./sequence.ts";
import { maxRowsAt } from "./steps.ts";

export interface StepPart {
  readonly sequence: Sequence;
  readonly step: StepSequence;
}

/**
 * @param runnable in the order of their turn; a step runs on one state of the model, the first one's
 * @param prefillRows rows of prompts in one step
 */
export function planStep(
  spec: ModelSpec,
  crew: Crew,
  runnable: readonly Sequence[],
  prefillRows: number,
): readonly StepPart[] {
  const number = runnable[0]?.state.number;
  const parts: StepPart[] = [];
  let firstRow = 0;
  let room = prefillRows;
  for (const sequence of runnable.filter(({ state }) => state.number === number)) {
    changeRopeRegime(spec, crew, sequence);
    const decoding = sequence.pending === 1;
    const length = sequence.tokens.length;
    const rows = decoding ? 1 : Math.min(sequence.pending, room, maxRowsAt(spec, length));
    if (rows === 0) continue;
    if (!decoding) room -= rows;
    const step = { sequence: sequence.number, firstRow, rows, start: sequence.computed, ropeLength: length };
    parts.push({ sequence, step });
    firstRow += rows;
  }
  return parts;
}

/** A sequence that outgrows LongRoPE's short factors is computed again from its start with the long ones. */
function changeRopeRegime(spec: ModelSpec, crew: Crew, sequence: Sequence): void {
  const long = usesLongFactors(spec.rope, sequence.tokens.length);
  if (sequence.longFactors === long) return;
  sequence.longFactors = long;
  if (sequence.computed > 0) crew.truncate(sequence.number, 0);
  sequence.computed = 0;
}
