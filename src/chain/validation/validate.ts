/**
 * Validation: a list of short checks, cheap ones first. Each gives a verdict or lets the block pass.
 *
 * `checkAlone` needs the block and the manifests, and comes before the signature is verified; `checkInPlace` needs the
 * blocks stored before it, and comes last, in the one place that writes.
 */
import { toHex } from "../../core/bytes.ts";
import type { Block } from "../block/block.ts";
import { keyOf } from "../store/keySpaces.ts";
import { ignore, type Verdict } from "../verdict.ts";
import { checkHeight, checkNoRollback, checkOneModel, checkParentsKnown, checkSubject } from "./ancestry.ts";
import type { ValidationContext } from "./context.ts";
import { checkForm } from "./form.ts";
import { checkQuota } from "./quota.ts";
import { checkMeta, checkModelRules, checkTime } from "./rules.ts";

type Check = (block: Block, context: ValidationContext) => Verdict | undefined;

const checkNew: Check = ({ id }, { rows }) =>
  rows.get(keyOf("header", id)) === undefined ? undefined : ignore("already_known", "this block is stored here");

/** A model that is not known yet may stand in the same batch: `checkInPlace` has the last word. */
const checkKnownModel: Check = (block, context) => {
  const { model } = block.header;
  return model !== null && context.models.has(toHex(model)) ? checkModelRules(block, context) : undefined;
};

const ALONE: readonly Check[] = [checkForm, checkNew, checkTime];
const ALONE_IN_MODEL: readonly Check[] = [...ALONE, checkKnownModel, checkQuota];
const ALONE_META: readonly Check[] = [...ALONE, checkMeta];

const BY_ANCESTORS: readonly Check[] = [
  checkModelRules,
  checkParentsKnown,
  checkHeight,
  checkOneModel,
  checkSubject,
  checkNoRollback,
];
const IN_PLACE: readonly Check[] = [checkNew, ...BY_ANCESTORS, checkQuota];
const IN_PLACE_META: readonly Check[] = [checkNew, checkMeta];

/** Everything that can be said before the signature is looked at; `undefined` when the block passes so far. */
export function checkAlone(block: Block, context: ValidationContext): Verdict | undefined {
  return run(isMeta(block) ? ALONE_META : ALONE_IN_MODEL, block, context);
}

/** Everything that depends on stored blocks; `undefined` when the block is to be stored. */
export function checkInPlace(block: Block, context: ValidationContext): Verdict | undefined {
  return run(isMeta(block) ? IN_PLACE_META : IN_PLACE, block, context);
}

/** What holds for a block for ever, once it is stored: no quotas, no clock. `undefined` when the block passes. */
export function checkStored(block: Block, context: ValidationContext): Verdict | undefined {
  return checkForm(block) ?? run(isMeta(block) ? [] : BY_ANCESTORS, block, context);
}

function isMeta(block: Block): boolean {
  return block.header.type === "meta";
}

function run(checks: readonly Check[], block: Block, context: ValidationContext): Verdict | undefined {
  for (const check of checks) {
    const verdict = check(block, context);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}
