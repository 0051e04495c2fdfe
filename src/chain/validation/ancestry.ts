/**
 * Checks against the blocks that a block builds on: they are there, their generation numbers are below its own, and its
 * subject is what it says. Because of the generation numbers no cycle can pass, and the cost is that of the parents
 * alone, however large the DAG.
 */
import { bytesEqual, toHex } from "../../core/bytes.ts";
import type { Block } from "../block/block.ts";
import type { Header } from "../block/header.ts";
import { ROLLBACK_DEPTH } from "../limits.ts";
import { decodeVersion } from "../model/headRecords.ts";
import { readPayloadUse } from "../model/payloadUse.ts";
import { keyOf } from "../store/keySpaces.ts";
import { ignore, reject, type Verdict } from "../verdict.ts";
import type { ValidationContext } from "./context.ts";

export function checkParentsKnown({ header }: Block, context: ValidationContext): Verdict | undefined {
  const missing = header.parents.filter((parent) => context.header(parent) === undefined);
  return missing.length === 0
    ? undefined
    : ignore("unknown_parent", `parents: ${missing.map(toHex).join(", ")} not known here`, missing);
}

export function checkHeight({ header }: Block, context: ValidationContext): Verdict | undefined {
  const expected = 1 + Math.max(...header.parents.map((parent) => (context.header(parent) as Header).height));
  return header.height === expected
    ? undefined
    : reject("wrong_height", `height: expected 1 + the highest parent's = ${expected}, got ${header.height}`);
}

/** All parents belong to the block's model: its meta block or versions. Nothing builds on an attestation. */
export function checkOneModel({ header }: Block, context: ValidationContext): Verdict | undefined {
  const model = header.model as Uint8Array;
  for (const parent of header.parents) {
    const { model: ofParent, type } = context.header(parent) as Header;
    if (type === "attestation") {
      return reject("wrong_subject", `parents: ${toHex(parent)} is an attestation, which no block builds on`);
    }
    const of = ofParent ?? parent;
    if (!bytesEqual(of, model)) {
      return reject("wrong_model", `parents: ${toHex(parent)} belongs to model ${toHex(of)}, not ${toHex(model)}`);
    }
  }
  return undefined;
}

/** The first parent: the meta block, the version that is improved, or the candidate that is attested. */
export function checkSubject({ header }: Block, context: ValidationContext): Verdict | undefined {
  const subject = context.header(header.parents[0] as Uint8Array) as Header;
  if (header.type !== "attestation" && header.claims === null) {
    return subject.type === "meta"
      ? undefined
      : reject("wrong_subject", `parents[0]: the first version of ${header.slot} builds on the meta block`);
  }
  if (subject.payload === null || subject.slot !== header.slot) {
    return reject(
      "wrong_subject",
      `parents[0]: expected a version of ${header.slot}, got a ${subject.type} block of ${subject.slot ?? "no slot"}`,
    );
  }
  if (header.type !== "attestation") return undefined;
  if (subject.claims === null) {
    return reject("wrong_subject", "parents[0]: a first version needs no attestation, only candidates do");
  }
  return bytesEqual(subject.author, header.author)
    ? reject("self_attestation", "author: a validator cannot attest its own candidate")
    : undefined;
}

/** A candidate brings something new: not the payload of one of the last versions that it descends from. */
export function checkNoRollback({ header }: Block, context: ValidationContext): Verdict | undefined {
  if (header.claims === null || header.payload === null) return undefined;
  const { uses } = readPayloadUse(context.rows, header.payload.root, header.model as Uint8Array);
  const used = new Set(uses.map(toHex));
  let id: Uint8Array | null = used.size === 0 ? null : (header.parents[0] as Uint8Array);
  for (let depth = 0; id !== null && depth < ROLLBACK_DEPTH; depth++) {
    if (used.has(toHex(id))) {
      return reject("rollback", `payload.root: ${toHex(id)}, which this version descends from, has the same payload`);
    }
    const row = context.rows.get(keyOf("versions", id));
    id = row === undefined ? null : decodeVersion(row).improves;
  }
  return undefined;
}
