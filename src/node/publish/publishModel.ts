/** Puts a model on a chain: its manifest as a payload, and the signed meta block that names it. */
import { sealBlock, signBlock } from "../../chain/block/block.ts";
import { HEADER_VERSION } from "../../chain/block/header.ts";
import type { Chain } from "../../chain/chain.ts";
import { MANIFEST_FORMAT, type Manifest } from "../../chain/model/manifest.ts";
import { bytesEqual } from "../../core/bytes.ts";
import type { Signer } from "../../core/ed25519.ts";
import { filePieces } from "../../core/filePieces.ts";
import { requireAccepted } from "./requireAccepted.ts";

export interface BuiltManifest {
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
  /** Payload root of `bytes`. */
  readonly root: Uint8Array;
  /** Where the evaluation set lies, when it is a file that is to be stored too. */
  readonly evaluationPath: string | undefined;
}

export interface PublishedModel {
  /** Id of the meta block: 32 bytes. */
  readonly id: Uint8Array;
  /** False when the chain had the model already. */
  readonly created: boolean;
}

/**
 * The same manifest by the same author is the same model, whenever it is published: the meta block there is kept.
 * Throws `disk_full`, `block_refused`, `payload_root_mismatch` when the evaluation set changes meanwhile, the signal's
 * reason.
 */
export async function publishModel(
  chain: Chain,
  built: BuiltManifest,
  signer: Signer,
  timeMs: number,
  signal: AbortSignal,
): Promise<PublishedModel> {
  await storePayloads(chain, built, signal);
  const stored = await findModel(chain, built.root, signer.publicKey);
  if (stored !== undefined) return { id: stored, created: false };
  signal.throwIfAborted();
  const block = signBlock(
    {
      version: HEADER_VERSION,
      chain: "A",
      type: "meta",
      model: null,
      slot: null,
      parents: [],
      height: 0,
      payload: { root: built.root, bytes: built.bytes.length, format: MANIFEST_FORMAT },
      claims: null,
      timeMs,
    },
    signer,
  );
  const [verdict] = await chain.add([sealBlock(block)]);
  requireAccepted(verdict, "meta block");
  return { id: block.id, created: true };
}

/** Payloads that are there already are not written again. */
async function storePayloads({ payloads }: Chain, built: BuiltManifest, signal: AbortSignal): Promise<void> {
  const { evaluation } = built.manifest;
  if (built.evaluationPath !== undefined && evaluation !== null && !(await payloads.has(evaluation.root))) {
    const source = filePieces(built.evaluationPath);
    await payloads.put(source, { expectedRoot: evaluation.root, expectedBytes: evaluation.bytes, signal });
  }
  if (!(await payloads.has(built.root))) {
    await payloads.put([built.bytes], { expectedRoot: built.root, expectedBytes: built.bytes.length, signal });
  }
}

async function findModel({ dag }: Chain, root: Uint8Array, author: Uint8Array): Promise<Uint8Array | undefined> {
  // Meta blocks have no parents, so they all stand at height 0.
  for await (const { header, id } of dag.blocks({ chain: "A", type: "meta", toHeight: 0 })) {
    if (header.payload !== null && bytesEqual(header.payload.root, root) && bytesEqual(header.author, author))
      return id;
  }
  return undefined;
}
