/**
 * Rows 16 and 30 of the attacks: valid headers of candidates from fresh keys, whose payloads nobody ever gets. The disk
 * holds a quota of them, an author who is known gets through all the same, and after a day everything is as before.
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { sealBlock } from "../../../src/chain/block/block.ts";
import { Chain } from "../../../src/chain/chain.ts";
import { PENDING_TTL_MS } from "../../../src/chain/limits.ts";
import { manualClock } from "../../../src/core/clock.ts";
import { withRawRows } from "../../support/damage.ts";
import { SAMPLE_TIME_MS, SampleModel, signerOf } from "../../support/sampleModel.ts";
import { withTemporaryFolder } from "../../support/temporary.ts";

export interface SpamPlan {
  readonly headers: number;
  readonly keys: number;
}

export interface SpamReport {
  readonly accepted: number;
  readonly overQuota: number;
  /** Growth of all files of the store, in bytes. */
  readonly diskGrowthBytes: number;
  /** Of one candidate by a known author, the spam stored. */
  readonly knownAuthorAccepted: boolean;
  readonly headUnchanged: boolean;
  readonly expiredEarly: number;
  readonly expired: number;
  /** Rows that the spam left behind, and rows that went with it; both should be none. */
  readonly rowsLeft: number;
  readonly rowsLost: number;
}

const BATCH = 1000;

export function spamHeaders({ headers, keys }: SpamPlan): Promise<SpamReport> {
  return withTemporaryFolder(async (folder) => {
    const clock = manualClock(SAMPLE_TIME_MS);
    const open = () => Chain.open(folder, { minFreeBytes: 0, clock });
    const model = new SampleModel({ validators: 1, quorum: 1 });
    const slots = [...model.manifest.slots.keys()];
    const firsts = slots.map((slot) => model.firstVersion(slot));
    // An author is known once a version of his was adopted.
    const known = model.candidate(firsts[0]!, { author: signerOf("known") });
    let chain = await open();
    await model.publish(chain);
    await chain.add([...firsts, known, model.attestation(known, 0)].map(sealBlock));
    await chain.close();
    const [rowsBefore, bytesBefore] = [await allRows(folder), await bytesIn(folder)];
    chain = await open();
    const rootBefore = await chain.stateRoot(model.meta.id);
    const signers = Array.from({ length: keys }, (_, i) => signerOf(`spammer ${i}`));
    let [accepted, overQuota] = [0, 0];
    for (let sent = 0; sent < headers; sent += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, headers - sent) }, (_, i) => {
        const number = sent + i;
        const author = signers[number % keys]!;
        return sealBlock(model.candidate(firsts[number % firsts.length]!, { author, payload: `spam ${number}` }));
      });
      for (const verdict of await chain.add(batch)) {
        if (verdict.kind === "accept") accepted += 1;
        else if (verdict.code === "over_quota") overQuota += 1;
      }
    }
    const late = model.candidate(known, { author: signerOf("known"), payload: "honest" });
    const [answer] = await chain.add([sealBlock(late)]);
    const headUnchanged = Buffer.compare(await chain.stateRoot(model.meta.id), rootBefore) === 0;
    const diskGrowthBytes = (await bytesIn(folder)) - bytesBefore;
    clock.advance(PENDING_TTL_MS - 1);
    const expiredEarly = await chain.expirePending();
    clock.advance(1);
    const expired = await chain.expirePending();
    await chain.close();
    const rowsAfter = await allRows(folder);
    return {
      accepted,
      overQuota,
      diskGrowthBytes,
      knownAuthorAccepted: answer?.kind === "accept",
      headUnchanged,
      expiredEarly,
      expired,
      rowsLeft: rowsAfter.difference(rowsBefore).size,
      rowsLost: rowsBefore.difference(rowsAfter).size,
    };
  });
}

/** Key and value of every row, in hex. */
function allRows(folder: string): Promise<Set<string>> {
  return withRawRows(folder, async (rows) => {
    const all = new Set<string>();
    for await (const [key, value] of rows.iterator()) {
      all.add(`${Buffer.from(key).toString("hex")} ${Buffer.from(value).toString("hex")}`);
    }
    return all;
  });
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
