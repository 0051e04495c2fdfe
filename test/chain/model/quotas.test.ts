/** Rows 16 and 30 of the attacks, and what the quotas count. */

import { SAMPLE_TIME_MS, SampleModel, signerOf } from "../../../scripts/support/sampleModel.ts";
import { withChain } from "../../../scripts/support/withChain.ts";
import { spamHeaders } from "../../../scripts/torture/chain/headerSpam.ts";
import { type Block, sealBlock, signBlock } from "../../../src/chain/block/block.ts";
import type { Chain } from "../../../src/chain/chain.ts";
import {
  MAX_MODELS_PER_AUTHOR,
  MAX_PENDING_BY_UNKNOWN_AUTHORS,
  MAX_PENDING_PER_AUTHOR,
  MAX_PENDING_PER_AUTHOR_AND_SLOT,
  PENDING_TTL_MS,
} from "../../../src/chain/limits.ts";
import { manualClock } from "../../../src/core/clock.ts";

const MIB = 2 ** 20;

async function codesOf(chain: Chain, blocks: readonly Block[]): Promise<string[]> {
  const verdicts = await chain.add(blocks.map(sealBlock));
  return verdicts.map((verdict) => ("code" in verdict ? verdict.code : verdict.kind));
}

const times = (count: number, what: string) => Array<string>(count).fill(what);

test("of 10,000 headers from fresh keys a quota is stored, the disk stays small, and after a day nothing is left of them", async () => {
  const report = await spamHeaders({ headers: 10_000, keys: 1100 });
  expect(report).toMatchObject({
    accepted: MAX_PENDING_BY_UNKNOWN_AUTHORS,
    overQuota: 10_000 - MAX_PENDING_BY_UNKNOWN_AUTHORS,
    knownAuthorAccepted: true,
    headUnchanged: true,
    expiredEarly: 0,
    expired: MAX_PENDING_BY_UNKNOWN_AUTHORS + 1,
    rowsLeft: 0,
    rowsLost: 0,
  });
  expect(report.diskGrowthBytes).toBeLessThan(64 * MIB);
});

test("one author has so many pending candidates for a slot and so many in all; an adopted one counts no more", async () => {
  await withChain(async (chain) => {
    const slots = Array.from({ length: 20 }, (_, i) => `layer0.expert${i}`);
    const model = new SampleModel({ validators: 1, quorum: 1, slots });
    await model.publish(chain);
    const firsts = slots.map((slot) => model.firstVersion(slot));
    await chain.add(firsts.map(sealBlock));
    const of = (slot: number, count: number) =>
      Array.from({ length: count }, (_, i) => model.candidate(firsts[slot]!, { payload: `${slot} ${i}` }));
    const perSlot = MAX_PENDING_PER_AUTHOR_AND_SLOT;
    const candidates = of(0, perSlot + 2);
    expect(await codesOf(chain, candidates)).toEqual([...times(perSlot, "accept"), ...times(2, "over_quota")]);
    expect(await codesOf(chain, [model.attestation(candidates[0]!, 0)])).toEqual(["accept"]);
    expect(await codesOf(chain, candidates.slice(-2))).toEqual(["accept", "over_quota"]);
    const left = MAX_PENDING_PER_AUTHOR - perSlot;
    const others = slots.slice(1).flatMap((_, i) => of(i + 1, perSlot));
    expect(await codesOf(chain, others)).toEqual([
      ...times(left, "accept"),
      ...times(others.length - left, "over_quota"),
    ]);
  });
});

test("a candidate over the quota is stored once a validator has attested it, alone or in the same call", async () => {
  await withChain(async (chain) => {
    const model = new SampleModel({ validators: 1, quorum: 1, slots: ["head"] });
    await model.publish(chain);
    const first = model.firstVersion("head");
    const make = (i: number) => model.candidate(first, { payload: `${i}` });
    const candidates = Array.from({ length: MAX_PENDING_PER_AUTHOR_AND_SLOT + 3 }, (_, i) => make(i));
    const [alone, together, nobody] = candidates.slice(-3) as [Block, Block, Block];
    expect((await codesOf(chain, [first, ...candidates])).slice(-3)).toEqual(times(3, "over_quota"));
    const vote = model.attestation(alone, 0);
    expect(await codesOf(chain, [vote])).toEqual(["unknown_parent"]);
    expect(await codesOf(chain, [alone, vote])).toEqual(["accept", "accept"]);
    expect(await codesOf(chain, [together, model.attestation(together, 0)])).toEqual(["accept", "accept"]);
    const forged = signBlock({ ...model.attestation(nobody, 0).header }, signerOf("no validator"));
    expect(await codesOf(chain, [nobody, forged])).toEqual(["over_quota", "not_a_validator"]);
    const unsigned = { ...model.attestation(nobody, 0), signature: new Uint8Array(64) };
    expect(await codesOf(chain, [nobody, unsigned])).toEqual(["over_quota", "bad_signature"]);
  });
});

test("a candidate goes after a day with all that builds on it, unless something of it is younger or adopted", async () => {
  const clock = manualClock(SAMPLE_TIME_MS);
  await withChain(
    async (chain) => {
      const model = new SampleModel({ validators: 2, quorum: 2, slots: ["embedding", "head"] });
      await model.publish(chain);
      const [first, base] = [model.firstVersion("head"), model.firstVersion("embedding")];
      const author = (name: string) => ({ author: signerOf(name), payload: name });
      const old = model.candidate(first, author("old"));
      const onOld = model.candidate(old, author("on old"));
      const kept = model.candidate(first, author("kept"));
      const used = model.candidate(first, author("used"));
      const user = model.candidate(base, { ...author("user"), also: [used] });
      const votes = [model.attestation(old, 0), model.attestation(onOld, 0), model.attestation(onOld, 1)];
      await chain.add([first, base, old, onOld, kept, used, user, ...votes].map(sealBlock));
      await chain.add([model.attestation(user, 0), model.attestation(user, 1)].map(sealBlock));
      clock.advance(PENDING_TTL_MS / 2);
      const onKept = model.candidate(kept, author("on kept"));
      await chain.add([sealBlock(onKept)]);
      clock.advance(PENDING_TTL_MS / 2);
      const held = (...blocks: Block[]) => blocks.map(({ id }) => chain.dag.has(id));
      expect(await chain.expirePending()).toBe(5);
      expect(held(old, onOld, ...votes)).toEqual([false, false, false, false, false]);
      expect(held(kept, onKept, used, user)).toEqual([true, true, true, true]);
      clock.advance(PENDING_TTL_MS / 2);
      expect(await chain.expirePending()).toBe(2);
      expect(held(kept, onKept, used, user)).toEqual([false, false, true, true]);
      expect(await codesOf(chain, [old, votes[0]!])).toEqual(["accept", "accept"]);
    },
    { clock },
  );
});

test("a publisher has so many models at most, and another publisher still gets his", async () => {
  await withChain(async (chain) => {
    const model = new SampleModel();
    await chain.payloads.put([model.manifestBytes]);
    const again = (timeMs: number) => signBlock({ ...model.meta.header, timeMs }, model.publisher);
    const metas = Array.from({ length: MAX_MODELS_PER_AUTHOR + 2 }, (_, i) => again(i));
    expect(await codesOf(chain, metas)).toEqual([...times(MAX_MODELS_PER_AUTHOR, "accept"), ...times(2, "over_quota")]);
    await new SampleModel({ name: "other" }).publish(chain);
    expect(chain.models.size).toBe(MAX_MODELS_PER_AUTHOR + 1);
  });
});
