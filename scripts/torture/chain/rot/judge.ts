/**
 * What a damaged store does: it is read whole, audited and repaired. Wrong bytes, an error without a code, damage that
 * the audit does not see, and a repair that leaves findings or loses a good block are problems.
 */
import { auditChain } from "../../../../src/chain/audit/audit.ts";
import { repairChain } from "../../../../src/chain/audit/repair.ts";
import { sealBlock } from "../../../../src/chain/block/block.ts";
import { Chain } from "../../../../src/chain/chain.ts";
import { MAX_MANIFEST_BYTES } from "../../../../src/chain/limits.ts";
import { fromHex, toHex } from "../../../../src/core/bytes.ts";
import { errorCode, errorMessage } from "../../../../src/core/errors.ts";
import { sha256 } from "../../../../src/core/hash.ts";
import type { Truth } from "./template.ts";

export interface Judgement {
  readonly problems: string[];
  /** Codes of the errors that reading gave. */
  readonly errors: string[];
  /** Blocks that the damaged store said it did not have, without an error. */
  readonly absent: number;
  readonly isReported: boolean;
  /** Blocks in the store after the repair. */
  readonly repaired: number;
}

const OPTIONS = { minFreeBytes: 0 };

export async function judge(folder: string, truth: Truth): Promise<Judgement> {
  const problems: string[] = [];
  const codes: string[] = [];
  const attempt = async <T>(what: string, work: () => Promise<T> | T): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      codes.push(errorCode(error) ?? "none");
      if (errorCode(error) === undefined) problems.push(`${what}: an error without a code: ${errorMessage(error)}`);
      return undefined;
    }
  };
  const whole = await attempt("reading", () => readAll(folder, truth, attempt, problems));
  const absent = whole === undefined ? 0 : whole.absent;
  const report = await attempt("audit", () => auditChain(folder));
  const isReported = report === undefined || report.findings.length > 0;
  const isDamaged = codes.length > 0 || absent > 0 || whole?.isStateRight === false;
  if (isDamaged && !isReported) problems.push(`${absent} absent, errors [${codes}], and the audit found nothing`);
  const errors = [...codes];
  const repaired = await attempt("repair", () => repairAll(folder, truth));
  if (repaired === undefined) problems.push(`repair: ${codes.at(-1)}`);
  else problems.push(...(await checkRepaired(folder, truth, whole?.good ?? [])));
  return { problems, errors, absent, isReported, repaired: repaired ?? 0 };
}

type Attempt = <T>(what: string, work: () => Promise<T> | T) => Promise<T | undefined>;

async function readAll(folder: string, truth: Truth, attempt: Attempt, problems: string[]) {
  const chain = await Chain.open(folder, OPTIONS);
  try {
    const read = new Set<string>();
    let absent = 0;
    for (const [idHex, sealedHex] of Object.entries(truth.blocks)) {
      await attempt(`block ${idHex}`, () => {
        const block = chain.dag.block(fromHex(idHex));
        if (block === undefined) absent += 1;
        else if (toHex(sealBlock(block)) === sealedHex) read.add(idHex);
        else problems.push(`block ${idHex}: wrong bytes`);
      });
    }
    for (const [rootHex, hashHex] of Object.entries(truth.payloads)) {
      await attempt(`payload ${rootHex}`, async () => {
        const bytes = await chain.payloads.readAll(fromHex(rootHex), MAX_MANIFEST_BYTES);
        if (toHex(sha256(bytes)) !== hashHex) problems.push(`payload ${rootHex}: wrong bytes`);
      });
    }
    await attempt("scan", async () => {
      for await (const block of chain.dag.blocks()) {
        if (truth.blocks[block.idHex] === undefined) problems.push(`block ${block.idHex}: out of nowhere`);
      }
    });
    const stateRoot = await attempt("state root", () => chain.stateRoot(fromHex(truth.modelHex)));
    const isStateRight = stateRoot === undefined || toHex(stateRoot) === truth.stateRootHex;
    return { absent, isStateRight, good: withGoodAncestors(read, truth) };
  } finally {
    await chain.close();
  }
}

/** Those of `read` whose ancestors are all among them. Parents stand before their children in `truth`. */
function withGoodAncestors(read: ReadonlySet<string>, truth: Truth): string[] {
  const good = new Set<string>();
  for (const [idHex, parents] of Object.entries(truth.parents)) {
    if (read.has(idHex) && parents.every((parent) => good.has(parent))) good.add(idHex);
  }
  return [...good];
}

/** The number of blocks kept. A damaged manifest is put back first, as a peer would give it again. */
async function repairAll(folder: string, truth: Truth): Promise<number> {
  try {
    return (await repairChain(folder)).blocks;
  } catch (error) {
    if (errorCode(error) !== "manifest_missing") throw error;
    const chain = await Chain.open(folder, OPTIONS);
    await chain.payloads.put([fromHex(truth.manifestHex)], { expectedRoot: fromHex(truth.manifestRootHex) });
    await chain.close();
    return (await repairChain(folder)).blocks;
  }
}

async function checkRepaired(folder: string, truth: Truth, good: readonly string[]): Promise<string[]> {
  const { findings } = await auditChain(folder);
  const problems = findings.map(({ message }) => `after the repair: ${message}`);
  const chain = await Chain.open(folder, OPTIONS);
  for (const idHex of good) {
    if (!chain.dag.has(fromHex(idHex))) problems.push(`the repair lost the good block ${idHex}`);
  }
  if (good.length === Object.keys(truth.blocks).length) {
    const root = toHex(await chain.stateRoot(fromHex(truth.modelHex)));
    if (root !== truth.stateRootHex) problems.push("the state root after the repair differs");
  }
  await chain.close();
  return problems;
}
