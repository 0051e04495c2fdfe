/** A block as `--json` shows it. */
import * as z from "zod";
import type { Block } from "../../chain/block/block.ts";
import type { Claims } from "../../chain/block/claims.ts";
import { BLOCK_TYPES } from "../../chain/block/header.ts";
import type { Chain } from "../../chain/chain.ts";
import { bytesEqual, toHex } from "../../core/bytes.ts";
import { isoTime } from "../framework/format.ts";
import { countJson, hashJson, timeJson } from "../framework/json.ts";

export const blockJson = z.strictObject({
  id: hashJson,
  chain: z.enum(["A", "B"]),
  type: z.enum(BLOCK_TYPES),
  model: hashJson.nullable().meta({ description: "id of the meta block; null in a meta block itself" }),
  slot: z.string().nullable(),
  height: countJson,
  parents: z.array(hashJson).meta({ description: "the first one is the block's subject" }),
  author: hashJson.meta({ description: "public key" }),
  time: timeJson.meta({ description: "by the author's clock" }),
  timeMs: countJson.meta({ description: "the same, milliseconds since 1970" }),
  payload: z
    .strictObject({
      root: hashJson,
      bytes: countJson,
      format: z.string(),
      present: z.boolean().meta({ description: "whether it is stored here" }),
    })
    .nullable(),
  claims: z
    .strictObject({ loss: z.number(), baselineLoss: z.number(), evaluation: hashJson, stateRoot: hashJson })
    .nullable(),
  isHead: z.boolean().meta({ description: "whether it is the current version of its slot" }),
});
export type BlockJson = z.infer<typeof blockJson>;

export async function toBlockJson(chain: Chain, block: Block): Promise<BlockJson> {
  const { header, idHex } = block;
  const { payload, claims, model } = header;
  return {
    id: idHex,
    chain: header.chain,
    type: header.type,
    model: model === null ? null : toHex(model),
    slot: header.slot,
    height: header.height,
    parents: header.parents.map(toHex),
    author: toHex(header.author),
    time: isoTime(header.timeMs),
    timeMs: header.timeMs,
    payload: payload && {
      root: toHex(payload.root),
      bytes: payload.bytes,
      format: payload.format,
      present: await chain.payloads.has(payload.root),
    },
    claims: claims && claimsJson(claims),
    isHead: isHead(chain, block),
  };
}

function claimsJson({ loss, baselineLoss, evaluation, stateRoot }: Claims) {
  return { loss, baselineLoss, evaluation: toHex(evaluation), stateRoot: toHex(stateRoot) };
}

function isHead(chain: Chain, { header, id }: Block): boolean {
  const { model, slot } = header;
  const head = model === null || slot === null ? undefined : chain.head(model, slot);
  return head !== undefined && bytesEqual(head.id, id);
}
