/** Everything about one block, as `chain show --json` prints it. */
import * as z from "zod";
import type { Block } from "../../chain/block/block.ts";
import { hasValidSignature } from "../../chain/block/block.ts";
import type { Chain } from "../../chain/chain.ts";
import type { Vote } from "../../chain/model/heads.ts";
import type { Manifest } from "../../chain/model/manifest.ts";
import { readVersionState } from "../../chain/model/versionState.ts";
import { chunkCount } from "../../chain/payload/chunkList.ts";
import { recheck } from "../../chain/recheck.ts";
import { toHex } from "../../core/bytes.ts";
import { errorCode } from "../../core/errors.ts";
import { countJson, hashJson } from "../framework/json.ts";
import { blockJson, toBlockJson } from "./blockJson.ts";

const MAX_CHILDREN = 1000;

export const showJson = blockJson.extend({
  headerBytes: countJson,
  signature: z.string().meta({ description: "64 bytes in hex" }),
  signatureValid: z.boolean(),
  verdict: z
    .strictObject({
      kind: z.enum(["accept", "ignore", "reject"]),
      code: z.string().nullable(),
      reason: z.string().nullable(),
    })
    .meta({ description: "of all checks, run again now" }),
  children: z.array(hashJson).meta({ description: `at most ${MAX_CHILDREN}` }),
  moreChildren: z.boolean(),
  chunks: countJson.nullable().meta({ description: "of the payload" }),
  version: z
    .strictObject({
      adopted: z.boolean(),
      improves: hashJson.nullable().meta({ description: "null for a first version" }),
      medianLoss: z.number().nullable().meta({ description: "attested; null without a quorum" }),
      quorum: countJson,
      votes: z.array(
        z.strictObject({
          validator: hashJson,
          attestations: countJson,
          loss: z.number().nullable().meta({ description: "null when none of them shows the improvement" }),
          block: hashJson.nullable().meta({ description: "the attestation that counts" }),
        }),
      ),
    })
    .nullable()
    .meta({ description: "null for a block that is no version of a slot" }),
  manifest: z
    .strictObject({
      name: z.string(),
      publisher: hashJson,
      files: z.array(z.strictObject({ name: z.string(), bytes: countJson })),
      slots: countJson,
      tensors: countJson,
      parameterBytes: countJson,
      evaluation: z.strictObject({ root: hashJson, bytes: countJson }).nullable(),
      validators: z.array(hashJson),
      quorum: countJson,
      smallestImprovement: z.number(),
    })
    .nullable()
    .meta({ description: "of a meta block whose manifest is stored here" }),
});
export type ShowJson = z.infer<typeof showJson>;

export async function toShowJson(chain: Chain, block: Block): Promise<ShowJson> {
  const verdict = await recheck(chain, block);
  const { children, moreChildren } = await childrenOf(chain, block.id);
  const { payload } = block.header;
  return {
    ...(await toBlockJson(chain, block)),
    headerBytes: block.headerBytes.length,
    signature: toHex(block.signature),
    signatureValid: hasValidSignature(block),
    verdict: verdict.kind === "accept" ? { kind: "accept", code: null, reason: null } : pick(verdict),
    children,
    moreChildren,
    chunks: payload && chunkCount(payload.bytes),
    version: versionOf(chain, block),
    manifest: await manifestOf(chain, block),
  };
}

function pick({ kind, code, reason }: { kind: "ignore" | "reject"; code: string; reason: string }) {
  return { kind, code, reason };
}

async function childrenOf({ dag }: Chain, id: Uint8Array) {
  const children: string[] = [];
  for await (const child of dag.children(id)) {
    if (children.length === MAX_CHILDREN) return { children, moreChildren: true };
    children.push(toHex(child));
  }
  return { children, moreChildren: false };
}

function versionOf(chain: Chain, { id, header }: Block): ShowJson["version"] {
  const state = readVersionState(chain.rows, id);
  const rules = header.model === null ? undefined : chain.models.get(toHex(header.model));
  if (state === undefined || rules === undefined) return null;
  const validators = [...rules.validators.keys()];
  return {
    adopted: state.adopted,
    improves: state.improves && toHex(state.improves),
    medianLoss: state.medianLoss,
    quorum: rules.quorum,
    votes: state.votes.map(({ validator, attestations }) => voteJson(validators[validator] ?? "", attestations)),
  };
}

/** The best of a validator's attestations is its vote, unless it saw no improvement. */
function voteJson(validator: string, attestations: readonly Vote[]) {
  const [best] = attestations;
  const counts = best !== undefined && Number.isFinite(best.loss);
  return {
    validator,
    attestations: attestations.length,
    loss: counts ? best.loss : null,
    block: counts ? toHex(best.id) : null,
  };
}

async function manifestOf(chain: Chain, { header, id }: Block): Promise<ShowJson["manifest"]> {
  if (header.type !== "meta") return null;
  try {
    return summarise(await chain.manifest(id));
  } catch (error) {
    // The verdict says what is wrong with it.
    if (errorCode(error)?.startsWith("payload_") === true) return null;
    throw error;
  }
}

function summarise({ name, publisher, files, slots, evaluation, validators, quorum, smallestImprovement }: Manifest) {
  const tensors = [...slots.values()].flatMap((slot) => slot.tensors);
  return {
    name,
    publisher: toHex(publisher),
    files: [...files].map(([file, bytes]) => ({ name: file, bytes: bytes.length })),
    slots: slots.size,
    tensors: tensors.length,
    parameterBytes: tensors.reduce((total, { byteLength }) => total + byteLength, 0),
    evaluation: evaluation && { root: toHex(evaluation.root), bytes: evaluation.bytes },
    validators: validators.map(toHex),
    quorum,
    smallestImprovement,
  };
}
