/** `ai-block chain heads`: the current version of every slot, and the state root that names them all. */
import * as z from "zod";
import type { Chain } from "../../chain/chain.ts";
import type { ModelRules } from "../../chain/model/modelRules.ts";
import { toHex } from "../../core/bytes.ts";
import { printable } from "../../core/printable.ts";
import { defineCommand } from "../framework/command.ts";
import type { CommandContext } from "../framework/context.ts";
import { shortId } from "../framework/format.ts";
import { countJson, hashJson } from "../framework/json.ts";
import { jsonOption, quietOption, requireOneForm } from "../framework/sharedOptions.ts";
import { alignColumns } from "../framework/table.ts";
import { findModel, modelOption } from "./findModel.ts";
import { withExistingChain } from "./openChain.ts";
import { compareSlots } from "./slotOrder.ts";

const MAX_MISSING_SHOWN = 10;

const modelSchema = z.strictObject({
  model: hashJson,
  name: z.string(),
  stateRoot: hashJson,
  complete: z.boolean().meta({ description: "whether every slot has a version" }),
  missing: z.array(z.string()).meta({ description: "slots without one" }),
  heads: z.array(
    z.strictObject({
      slot: z.string(),
      id: hashJson,
      author: hashJson,
      medianLoss: z.number().nullable().meta({ description: "attested; null for a first version" }),
      versions: countJson,
    }),
  ),
});
type ModelJson = z.infer<typeof modelSchema>;

export const command = defineCommand({
  description:
    "Shows the current version (head) of every slot of a model with its author, the median of the attested losses and the " +
    "number of versions there are; the state root, which names all heads at once; and the slots without a version.",
  arguments: {},
  options: { model: modelOption, json: jsonOption, quiet: quietOption },
  settings: ["dataDir"],
  examples: [
    { command: "chain heads", meaning: "Of all models." },
    { command: "chain heads --model 1f3a9c -q", meaning: "Only the ids of the blocks, of one model." },
  ],
  exits: ["config", "verification", "locked", "interrupted"],
  json: z.strictObject({ models: z.array(modelSchema) }),
  async run(context, { options }) {
    requireOneForm(options);
    const models = await withExistingChain(context, async (chain) => {
      const wanted = options.model === undefined ? [...chain.models.values()] : [findModel(chain, options.model)];
      const read: ModelJson[] = [];
      for (const rules of wanted) read.push(await readModel(context, chain, rules));
      return read;
    });
    if (options.json) context.out.json({ models });
    else if (options.quiet) for (const { id } of models.flatMap(({ heads }) => heads)) context.print(id);
    else for (const [i, model] of models.entries()) printModel(context, model, i > 0);
    if (models.length === 0) context.note("There is no model on this chain.");
    return undefined;
  },
});

async function readModel(
  { signal }: CommandContext,
  chain: Chain,
  { id, name, slots }: ModelRules,
): Promise<ModelJson> {
  const heads: ModelJson["heads"] = [];
  const leaves = [...(await chain.heads(id))].sort(([a], [b]) => compareSlots(a, b));
  for (const [slot, leaf] of leaves) {
    signal.throwIfAborted();
    let versions = 0;
    for await (const _version of chain.dag.versions(id, slot)) versions += 1;
    heads.push({
      slot,
      id: toHex(leaf.id),
      author: toHex(chain.dag.block(leaf.id)?.header.author ?? new Uint8Array(0)),
      medianLoss: Number.isFinite(leaf.medianLoss) ? leaf.medianLoss : null,
      versions,
    });
  }
  const filled = new Set(heads.map(({ slot }) => slot));
  const missing = [...slots.keys()].filter((slot) => !filled.has(slot)).sort(compareSlots);
  const stateRoot = toHex(await chain.stateRoot(id));
  return { model: toHex(id), name, stateRoot, complete: missing.length === 0, missing, heads };
}

function printModel(context: CommandContext, model: ModelJson, separate: boolean): void {
  if (separate) context.print("");
  context.print(context.paint("bold", printable(model.name)));
  for (const line of alignColumns([
    ["model", model.model],
    ["state root", model.stateRoot],
    ["slots", completeness(model)],
  ])) {
    context.print(line);
  }
  if (model.heads.length === 0) return;
  const rows = model.heads.map(({ slot, id, author, medianLoss, versions }) => [
    slot,
    shortId(id),
    shortId(author),
    medianLoss === null ? "-" : medianLoss.toFixed(4),
    String(versions),
  ]);
  const [head, ...lines] = alignColumns([["SLOT", "HEAD", "AUTHOR", "LOSS", "VERSIONS"], ...rows]);
  context.print(context.paint("bold", head as string));
  for (const line of lines) context.print(line);
}

function completeness({ missing, heads }: ModelJson): string {
  const all = heads.length + missing.length;
  if (missing.length === 0) return `all ${all} have a version`;
  const shown = missing.slice(0, MAX_MISSING_SHOWN).join(", ");
  const more = missing.length > MAX_MISSING_SHOWN ? `, and ${missing.length - MAX_MISSING_SHOWN} more` : "";
  return `${heads.length} of ${all} have a version; without one: ${shown}${more}`;
}
