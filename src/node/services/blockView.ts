/** Blocks as the API shows them. */
import type { BlockDetails, BlockSummary } from "../../api/services/chain.ts";
import { type Block, SIGNATURE_DOMAIN } from "../../chain/block/block.ts";
import type { Chain } from "../../chain/chain.ts";
import { toHex } from "../../core/bytes.ts";

/** More children than this are not listed: nobody can look through them. */
const MAX_CHILDREN = 1000;

export function blockSummary({ idHex, header }: Block): BlockSummary {
  const { chain, type, model, slot, parents, height, payload, claims, author, timeMs } = header;
  return {
    id: idHex,
    chain,
    type,
    model: model === null ? null : toHex(model),
    slot,
    parents: parents.map(toHex),
    height,
    payload: payload === null ? null : { root: toHex(payload.root), bytes: payload.bytes, format: payload.format },
    claims:
      claims === null ? null : { ...claims, evaluation: toHex(claims.evaluation), stateRoot: toHex(claims.stateRoot) },
    author: toHex(author),
    timeMs,
  };
}

export async function blockDetails(chain: Chain, block: Block): Promise<BlockDetails> {
  const { header, headerBytes, signature, id } = block;
  const children: string[] = [];
  for await (const child of chain.dag.children(id)) {
    children.push(toHex(child));
    if (children.length === MAX_CHILDREN) break;
  }
  const { model, slot, payload } = header;
  const head = model === null || slot === null ? undefined : chain.head(model, slot);
  return {
    ...blockSummary(block),
    children,
    headerBase64: base64(headerBytes),
    signature: base64(signature),
    signatureDomain: SIGNATURE_DOMAIN,
    payloadStored: payload === null ? null : await chain.payloads.has(payload.root),
    isHead: head !== undefined && toHex(head.id) === block.idHex,
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
