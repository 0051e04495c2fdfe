/** What everyone who makes steps has in common: checks of token ids, sizes of steps, decisions of a row. */
import { AiBlockError } from "../../core/errors.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { LayerTrace } from "./decoder.ts";
import { type LayerRouting, routingOfRow } from "./protocol.ts";

/** Attention scores of one sequence in one step stay below this. */
const MAX_SCORE_BYTES = 128 * 1024 * 1024;

/** Throws `bad_token_id`. */
export function checkIds(ids: readonly number[], vocabSize: number): void {
  const bad = ids.find((id) => !Number.isSafeInteger(id) || id < 0 || id >= vocabSize);
  if (bad === undefined) return;
  throw new AiBlockError("bad_token_id", `ids: expected integers from 0 to ${vocabSize - 1}, got ${bad}`, { id: bad });
}

/** Rows that a sequence of this length may have in one step. */
export function maxRowsAt(spec: ModelSpec, length: number): number {
  return Math.max(1, Math.floor(MAX_SCORE_BYTES / 4 / (spec.attention.heads * length)));
}

/** Decisions of one row of a step, by layer. */
export function layerRouting(traces: readonly Pick<LayerTrace, "layer" | "routing">[], row: number): LayerRouting[] {
  return traces.flatMap(({ layer, routing }) => (routing === undefined ? [] : [routingOfRow(layer, routing, row)]));
}
