/** A model by its name, or by the first digits of its id. */
import type { Chain } from "../../chain/chain.ts";
import type { ModelRules } from "../../chain/model/modelRules.ts";
import { excerpt, toHex } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";
import { didYouMean } from "../../core/nearest.ts";
import { textOption } from "../framework/option.ts";

export const modelOption = textOption("Only this model: its name, or the first digits of its id.", "model");

/** Throws `unknown_model` with the nearest match, or `ambiguous_hash`. */
export function findModel(chain: Chain, wanted: string): ModelRules {
  const models = [...chain.models.values()];
  const named = models.filter(({ name }) => name === wanted);
  const found = named.length > 0 ? named : models.filter(({ id }) => toHex(id).startsWith(wanted.toLowerCase()));
  if (found.length === 1) return found[0] as ModelRules;
  if (found.length === 0) {
    const nearest = didYouMean(
      wanted,
      models.map(({ name }) => name),
    );
    throw new AiBlockError(
      "unknown_model",
      `--model: expected one of ${models.length} models, got ${excerpt(wanted)}${nearest}; run "ai-block chain heads" for what there is`,
    );
  }
  const lines = found.slice(0, 10).map(({ id, name }) => `  ${toHex(id)} ${name}`);
  throw new AiBlockError(
    "ambiguous_hash",
    `--model: expected the name or the digits of one model, got ${excerpt(wanted)} which fits several\n${lines.join("\n")}`,
  );
}
