/** Usage of experts, rewards, ledger. */
import * as z from "zod";
import { hashField } from "./fields.ts";

const count = z.int().min(0);

const usageFields = {
  slot: z.string(),
  layer: count,
  expert: count,
  block: hashField,
  author: hashField,
  activations: count,
  gate_mass: z.number(),
  routed_share: z.number(),
  requests: count,
  loads: count,
  load_ms: z.number().nullable(),
  latency_ms: z.number().nullable(),
  last_used_ms: count.nullable(),
  version_count: count.meta({ description: "The head, and other versions with usage." }),
};

export const expertUsage = z.strictObject(usageFields);

export const expertDetails = z.strictObject({
  ...usageFields,
  versions: z
    .array(z.strictObject({ block: hashField, author: hashField, activations: count, gate_mass: z.number() }))
    .meta({ description: "A page of them, in the order of their ids." }),
  next_cursor: z.string().nullable().meta({ description: "Of the next page of versions; null at the end." }),
});

export const ledgerEntry = z.strictObject({
  number: count,
  time_ms: count,
  key: z.string(),
  account: z.string(),
  amount: z.int(),
  reason: z.string(),
  held_until_ms: count.nullable(),
});

export const expertReward = z.strictObject({
  slot: z.string(),
  block: hashField,
  author: hashField,
  formula: z.string(),
  formula_version: count,
  inputs: z.record(z.string(), z.number()),
  factors: z.strictObject({ usage: z.number(), speed: z.number(), quality: z.number() }),
  amount: count.meta({ description: "Micro-credits." }),
  entry: ledgerEntry.nullable(),
});

export const accountBalance = z.strictObject({ account: z.string(), confirmed: z.int(), pending: z.int() });
