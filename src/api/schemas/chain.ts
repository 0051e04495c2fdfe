/** Blocks and slots. */
import * as z from "zod";
import { hashField, pageQuery, slotField } from "./fields.ts";

const count = z.int().min(0);

export const BLOCK_TYPES = ["meta", "dense", "router", "expert", "attestation", "receipts"] as const;

export const blocksQuery = z.strictObject({
  ...pageQuery,
  type: z.enum(BLOCK_TYPES, { error: `expected one of ${BLOCK_TYPES.join(", ")}` }).optional(),
  model: hashField.optional(),
  slot: slotField.optional(),
  author: hashField.optional(),
  order: z
    .enum(["height", "newest"], { error: "expected height or newest" })
    .optional()
    .meta({ description: "`height` (default): parents before children. `newest`: the other way." }),
});

const summaryFields = {
  id: hashField,
  chain: z.enum(["A", "B"]),
  type: z.enum(BLOCK_TYPES),
  model: hashField.nullable(),
  slot: z.string().nullable(),
  parents: z.array(hashField),
  height: count,
  payload: z.strictObject({ root: hashField, bytes: count, format: z.string() }).nullable(),
  claims: z.record(z.string(), z.unknown()).nullable(),
  author: hashField,
  time_ms: count,
};

export const blockSummary = z.strictObject(summaryFields);

export const blockDetails = z.strictObject({
  ...summaryFields,
  children: z.array(hashField),
  header_base64: z.string(),
  signature: z.string(),
  signature_domain: z.string(),
  payload_stored: z.boolean().nullable(),
  is_head: z.boolean(),
});

export const slotDetails = z.strictObject({
  model: hashField,
  slot: z.string(),
  head: hashField.nullable(),
  versions: z.array(
    z.strictObject({
      block: hashField,
      author: hashField,
      height: count,
      time_ms: count,
      improves: hashField.nullable(),
      claimed_loss: z.number().nullable(),
      attestations: z.array(z.strictObject({ block: hashField, validator: hashField, loss: z.number() })),
      median_loss: z.number().nullable(),
      is_head: z.boolean(),
    }),
  ),
});

export const chainCounts = z.strictObject({
  blocks: z.record(z.string(), count),
  tips: count,
  orphans: count,
});

/** A page of a list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), next_cursor: z.string().nullable() });

/** A whole list. */
export const listOf = <T extends z.ZodType>(item: T) => z.strictObject({ items: z.array(item) });
