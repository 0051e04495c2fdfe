/** Blocks and payloads from outside. */
import * as z from "zod";
import { FIELD_LIMITS, LIMITS } from "../limits.ts";
import { hashField, number, slotField, text } from "./fields.ts";

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Standard base64 with its padding; given to the handler as bytes. */
const base64Field = (maxChars: number) =>
  z
    .string({ error: "expected base64" })
    .min(4, { error: "expected base64" })
    .max(maxChars, { error: `expected at most ${maxChars} characters of base64` })
    .refine((value) => BASE64.test(value), { error: "expected base64" })
    .transform((value): Uint8Array => new Uint8Array(Buffer.from(value, "base64")));

const MAX_BLOCK_CHARS = 64 * 1024;

/**
 * An expert with its tensors. The block is signed by the miner, so what it says of author, parents and loss counts; the
 * fields beside it may repeat that for people, and `layer_id` and `block_type` have to fit the name.
 */
export const expertUpload = z
  .strictObject({
    expert_name: slotField,
    model: hashField.optional().meta({ description: "Meta block of the model. Default: the node's model." }),
    meta_hash: hashField.optional().meta({ description: "Another name of `model`." }),
    tensor_data_b64: base64Field(LIMITS.expertBodyBytes).meta({ description: "A safetensors file, base64." }),
    block_b64: base64Field(MAX_BLOCK_CHARS).meta({ description: "The sealed block: header and signature, base64." }),
    layer_id: text(20).optional(),
    block_type: z.enum(["expert", "router", "dense"]).optional(),
    depends_on: z.array(hashField).max(64).optional(),
    candidate_loss: number(0, 1e9).optional(),
    miner_address: text(256).optional(),
    miner_pub: hashField.optional(),
    payload_sig: text(256).optional(),
  })
  .refine(({ layer_id, expert_name }) => layer_id === undefined || expert_name.startsWith(`${layer_id}.`), {
    error: "expected the layer of expert_name",
    path: ["layer_id"],
  })
  .refine(({ block_type, expert_name }) => block_type === undefined || typeOfSlot(expert_name) === block_type, {
    error: "expected the type of expert_name",
    path: ["block_type"],
  });

function typeOfSlot(slot: string): string {
  if (/\.expert\d+$/.test(slot)) return "expert";
  return slot.endsWith(".router") ? "router" : "dense";
}

export const blocksUpload = z.strictObject({
  blocks: z.array(base64Field(MAX_BLOCK_CHARS)).min(1).max(FIELD_LIMITS.blocks),
});

export const blockVerdict = z.strictObject({
  kind: z.enum(["accept", "ignore", "reject"]),
  code: z.string(),
  reason: z.string(),
  block: z.string(),
});

export const uploadState = z.strictObject({
  root: hashField,
  total_bytes: z.int().min(0).nullable(),
  received_bytes: z.int().min(0),
  complete: z.boolean(),
});
