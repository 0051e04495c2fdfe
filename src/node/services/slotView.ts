/** The versions of a slot with what validators measured, as the API shows them. */
import type { SlotDetails, SlotVersion } from "../../api/services/chain.ts";
import type { Chain } from "../../chain/chain.ts";
import { readVersionState } from "../../chain/model/versionState.ts";
import { bytesEqual, toHex } from "../../core/bytes.ts";

/** The newest versions that are shown. */
const MAX_VERSIONS = 1000;

/** `undefined` when the model or the slot is not known. */
export async function slotDetails(chain: Chain, model: Uint8Array, slot: string): Promise<SlotDetails | undefined> {
  if (chain.models.get(toHex(model))?.slots.has(slot) !== true) return undefined;
  const head = chain.head(model, slot)?.id;
  const ids: Uint8Array[] = [];
  for await (const id of chain.dag.versions(model, slot)) {
    ids.push(id);
    if (ids.length > MAX_VERSIONS) ids.shift();
  }
  const versions = ids.flatMap((id) => slotVersion(chain, id, head) ?? []);
  return { model: toHex(model), slot, head: head === undefined ? null : toHex(head), versions };
}

function slotVersion(chain: Chain, id: Uint8Array, head: Uint8Array | undefined): SlotVersion | undefined {
  const block = chain.dag.block(id);
  const state = readVersionState(chain.rows, id);
  if (block === undefined || state === undefined) return undefined;
  const { author, height, timeMs, claims } = block.header;
  return {
    block: block.idHex,
    author: toHex(author),
    height,
    timeMs,
    improves: state.improves === null ? null : toHex(state.improves),
    claimedLoss: claims?.loss ?? null,
    attestations: state.votes.flatMap(({ attestations }) =>
      attestations.flatMap((vote) => attestation(chain, vote.id)),
    ),
    medianLoss: state.medianLoss,
    isHead: head !== undefined && bytesEqual(head, id),
  };
}

/** The loss stands in the block: a vote that shows no improvement is stored without it. */
function attestation(chain: Chain, id: Uint8Array): SlotVersion["attestations"] {
  const block = chain.dag.block(id);
  const loss = block?.header.claims?.loss;
  if (block === undefined || loss === undefined) return [];
  return [{ block: block.idHex, validator: toHex(block.header.author), loss }];
}
