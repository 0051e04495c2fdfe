/**
 * Checks that need nothing but the block: what each type of block must and must not have.
 */
import { bytesEqual, compareBytes } from "../../core/bytes.ts";
import { parseSlot, type SlotKind } from "../../core/slot.ts";
import type { Block } from "../block/block.ts";
import { type BlockType, type ChainName, HEADER_VERSION, type Header } from "../block/header.ts";
import { MAX_PARENTS } from "../limits.ts";
import { MANIFEST_FORMAT } from "../model/manifest.ts";
import { reject, type Verdict } from "../verdict.ts";

export const TENSORS_FORMAT = "safetensors";

interface Form {
  readonly chain: ChainName;
  readonly ofSlot: boolean;
  readonly payload: string | null;
  readonly claims: "never" | "optional" | "always";
}

const SLOT_BLOCK: Form = { chain: "B", ofSlot: true, payload: TENSORS_FORMAT, claims: "optional" };

/** A type that is not listed is not accepted yet. */
const FORMS: { readonly [T in BlockType]?: Form } = {
  meta: { chain: "A", ofSlot: false, payload: MANIFEST_FORMAT, claims: "never" },
  dense: SLOT_BLOCK,
  router: SLOT_BLOCK,
  expert: SLOT_BLOCK,
  attestation: { chain: "B", ofSlot: true, payload: null, claims: "always" },
};

export function typeOfSlot(kind: SlotKind): BlockType {
  return kind === "expert" || kind === "router" ? kind : "dense";
}

/** A reject verdict, or `undefined`. */
export function checkForm(block: Block): Verdict | undefined {
  const { header } = block;
  if (header.version !== HEADER_VERSION) {
    return reject("bad_version", `version: expected ${HEADER_VERSION}, got ${header.version}`);
  }
  const form = FORMS[header.type];
  if (form === undefined) return reject("bad_type", `type: ${header.type} is not accepted by this version`);
  if (header.chain !== form.chain) {
    return reject("bad_field", `chain: a ${header.type} block belongs to chain ${form.chain}, got ${header.chain}`);
  }
  return checkParents(block) ?? checkPlace(header, form) ?? checkContent(header, form);
}

function checkParents({ id, header: { parents, height } }: Block): Verdict | undefined {
  if (parents.length > MAX_PARENTS) {
    return reject("too_many_parents", `parents: expected at most ${MAX_PARENTS}, got ${parents.length}`);
  }
  for (let i = 0; i < parents.length; i++) {
    const parent = parents[i]!;
    if (bytesEqual(parent, id)) return reject("self_parent", "parents: a block cannot be its own parent");
    if (parents.slice(0, i).some((other) => bytesEqual(other, parent))) {
      return reject("duplicate_parent", `parents[${i}]: stands there twice`);
    }
    if (i > 1 && compareBytes(parents[i - 1]!, parent) > 0) {
      return reject("unsorted_parents", "parents: expected the second and later ones in ascending order");
    }
  }
  if ((parents.length === 0) !== (height === 0)) {
    return reject("wrong_height", `height: ${height} with ${parents.length} parents`);
  }
  return undefined;
}

function checkPlace({ type, model, slot, parents }: Header, { ofSlot }: Form): Verdict | undefined {
  if (!ofSlot) {
    return model === null && slot === null && parents.length === 0
      ? undefined
      : reject("bad_field", `${type}: expected no model, slot and parents`);
  }
  if (model === null || slot === null || parents.length === 0) {
    return reject("bad_field", `${type}: expected a model, a slot and at least one parent`);
  }
  if (type === "attestation" && parents.length > 1) {
    return reject("too_many_parents", `parents: an attestation has one, its candidate; got ${parents.length}`);
  }
  const parsed = parseSlot(slot);
  if (parsed === undefined) return reject("bad_field", `slot: "${slot}" is not a slot name`);
  if (type !== "attestation" && typeOfSlot(parsed.kind) !== type) {
    return reject("bad_field", `type: ${slot} is filled by ${typeOfSlot(parsed.kind)} blocks, got ${type}`);
  }
  return undefined;
}

function checkContent({ type, payload, claims }: Header, form: Form): Verdict | undefined {
  if ((payload?.format ?? null) !== form.payload) {
    return reject("bad_field", `payload: a ${type} block has format ${form.payload}, got ${payload?.format ?? null}`);
  }
  if (form.claims === "never" && claims !== null) return reject("bad_field", `claims: a ${type} block has none`);
  if (form.claims === "always" && claims === null) return reject("bad_field", `claims: an ${type} needs them`);
  return undefined;
}
