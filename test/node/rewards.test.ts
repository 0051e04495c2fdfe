/** Usage of experts' versions, and what their authors earn by it. */
import fc from "fast-check";
import { Ledger } from "../../src/chain/ledger/ledger.ts";
import { computeReward, RATE, type RewardInputs } from "../../src/chain/ledger/rewardFormula.ts";
import { toHex } from "../../src/core/bytes.ts";
import { manualClock } from "../../src/core/clock.ts";
import { ExpertIndex } from "../../src/node/services/expertIndex.ts";
import { NodeExpertService } from "../../src/node/services/expertService.ts";
import { REWARD_HOLD_MS, Rewards } from "../../src/node/services/rewards.ts";
import { addBlocks, ask, type Bench, betterExpert, miner, publisher, withBench } from "./support.ts";

const clock = manualClock(Date.now());
/** More than the fixture has. */
const ALL = { limit: 1000 };

async function withExperts<T>(
  bench: Bench,
  use: (experts: NodeExpertService, ledger: Ledger) => Promise<T>,
): Promise<T> {
  const { chain, usageStore, usage, models, folder } = bench;
  const ledger = await Ledger.open(`${folder}/ledger`, { clock, minFreeBytes: 0 });
  try {
    const index = new ExpertIndex(chain, usageStore, () => models.runner?.state);
    const rewards = new Rewards({ chain, ledger, index, clock });
    return await use(new NodeExpertService({ index, rewards, ledger, usage }), ledger);
  } finally {
    await ledger.close();
  }
}

test("usage counts every position of prompts and answers once, for each layer", async () => {
  await withBench({}, async (bench) => {
    const { chat, usage, models, usageStore } = bench;
    await withExperts(bench, async (experts) => {
      const { spec } = models.runner!.model;
      let positions = 0;
      for (const sessionKey of ["a", "a", "b"]) {
        const { done } = await ask(chat, { sessionKey });
        // The last token of an answer is chosen, not computed.
        positions += done.usage.promptTokens - done.usage.cachedTokens + done.usage.completionTokens - 1;
      }
      await usage.collect();
      const all = (await experts.list(ALL)).items;
      expect(all).toHaveLength(spec.layers.length * spec.experts.count);
      for (let layer = 0; layer < spec.layers.length; layer++) {
        const ofLayer = all.filter((expert) => expert.layer === layer);
        const sum = (name: "activations" | "routedShare" | "gateMass"): number =>
          ofLayer.reduce((total, expert) => total + expert[name], 0);
        expect(sum("activations")).toBe(positions * spec.experts.perToken);
        expect(sum("routedShare")).toBeCloseTo(1, 9);
        // Mixtral's router weights of a token add up to 1.
        expect(sum("gateMass")).toBeCloseTo(positions, 3);
      }
      for (const expert of all.filter(({ activations }) => activations > 0)) {
        expect(expert.loads).toBe(1);
        expect(expert.loadMs).toBeGreaterThan(0);
        expect(expert.latencyMs).toBeGreaterThan(0);
        expect(expert.requests).toBeGreaterThan(0);
        expect(expert.lastUsedMs).toBeGreaterThan(0);
      }
      expect(usageStore.sequence).toBeGreaterThanOrEqual(3);
      const top = await experts.top(3);
      expect(top.map(({ gateMass }) => gateMass)).toEqual(
        all
          .map(({ gateMass }) => gateMass)
          .sort((a, b) => b - a)
          .slice(0, 3),
      );
      expect(await experts.stats("layer0.router")).toBeUndefined();
      expect(await experts.stats("layer9.expert0")).toBeUndefined();
    });
  });
});

test("an answer that is cut short counts as far as it came", async () => {
  await withBench({}, async (bench) => {
    await withExperts(bench, async (experts) => {
      const prepared = await bench.chat.prepare({ input: { prompt: "Hello" }, maxTokens: 300 });
      for await (const event of prepared.run(new AbortController().signal)) if (event.type === "text") break;
      const all = (await experts.list(ALL)).items;
      expect(all.reduce((sum, { activations }) => sum + activations, 0)).toBeGreaterThan(0);
    });
  });
});

test("a reward shows its numbers, is held for a day, and is paid once, however often and together it is asked for", async () => {
  await withBench({}, async (bench) => {
    await withExperts(bench, async (experts, ledger) => {
      await ask(bench.chat, {});
      const { slot } = (await experts.top(1))[0]!;
      const preview = (await experts.rewards(ALL)).items.find((reward) => reward.slot === slot)!;
      expect(preview.entry).toBeNull();
      expect(ledger.totals.entries).toBe(0);
      const rewards = await Promise.all(Array.from({ length: 20 }, () => experts.reward(slot)));
      const paid = rewards.filter((reward) => reward?.entry !== null);
      expect(paid).toHaveLength(1);
      const [reward] = paid;
      expect(reward?.amount).toBe(computeReward(reward!.inputs as unknown as RewardInputs).amount);
      expect(reward?.amount).toBeGreaterThan(0);
      const account = toHex(publisher.publicKey);
      expect(reward?.entry).toMatchObject({
        account,
        amount: reward?.amount,
        heldUntilMs: clock.nowMs() + REWARD_HOLD_MS,
      });
      expect(await experts.balances(10)).toEqual([{ account, confirmed: 0, pending: reward?.amount }]);
      expect(await experts.balance(account)).toEqual({ account, confirmed: 0, pending: reward?.amount });
      expect(await experts.balance("0".repeat(64))).toEqual({ account: "0".repeat(64), confirmed: 0, pending: 0 });
      clock.advance(REWARD_HOLD_MS);
      expect(await experts.balances(10)).toEqual([{ account, confirmed: reward?.amount, pending: 0 }]);
      const { activations } = (await experts.stats(slot))!;
      await ask(bench.chat, {});
      const second = await experts.reward(slot);
      expect(second?.inputs.tokens).toBe((await experts.stats(slot))!.activations - activations);
      expect(second?.entry?.number).toBe(2);
      expect(await ledger.verify()).toEqual([]);
    });
  });
});

test("each version's author earns for his own version, with the quality that validators measured", async () => {
  await withBench({}, async (bench) => {
    await withExperts(bench, async (experts, ledger) => {
      await ask(bench.chat, {});
      const { slot } = (await experts.top(1))[0]!;
      await addBlocks(bench.chain, await betterExpert(bench, slot, 1.01));
      await bench.models.runner!.refresh();
      await ask(bench.chat, {});
      const usage = (await experts.stats(slot))!;
      expect(usage.author).toBe(toHex(miner.publicKey));
      expect([usage.versionCount, usage.versions.length, usage.nextCursor]).toEqual([2, 2, null]);
      expect(usage.versions.reduce((sum, { activations }) => sum + activations, 0)).toBe(usage.activations);
      const reward = await experts.reward(slot);
      // The attestation says 1 instead of 2 nats.
      expect(reward).toMatchObject({ author: toHex(miner.publicKey), factors: { quality: 2 } });
      expect(reward?.inputs).toMatchObject({ baselineLossMicro: 2_000_000, lossMicro: 1_000_000 });
      const { items } = await experts.ledger({ limit: 1 });
      const { items: older, nextCursor } = await experts.ledger({ limit: 1, cursor: String(items[0]!.number) });
      expect(new Set([...items, ...older].map(({ account }) => account))).toEqual(
        new Set([toHex(miner.publicKey), toHex(publisher.publicKey)]),
      );
      expect(nextCursor).toBeNull();
      await expect(experts.ledger({ limit: 1, cursor: "x" })).rejects.toMatchObject({
        code: "bad_cursor",
        data: { parameter: "cursor" },
      });
      expect(await ledger.verify()).toEqual([]);
    });
  });
});

const nat = fc.nat(2 ** 40);
const inputs: fc.Arbitrary<RewardInputs> = fc.record({
  tokens: nat,
  gateMassMicro: nat,
  timedTokens: nat,
  computeMicros: nat,
  layerTimedTokens: nat,
  layerComputeMicros: nat,
  baselineLossMicro: nat,
  lossMicro: nat,
});

test("the formula: whole, never negative, within its factors' bounds, and more usage never earns less", () => {
  fc.assert(
    fc.property(inputs, nat, (given, more) => {
      const { amount, factors } = computeReward(given);
      expect(Number.isSafeInteger(amount) && amount >= 0).toBe(true);
      expect(factors.speed).toBeGreaterThanOrEqual(0.5);
      expect(factors.speed).toBeLessThanOrEqual(2);
      expect(factors.quality).toBeGreaterThanOrEqual(1);
      expect(factors.quality).toBeLessThanOrEqual(2);
      expect(amount).toBeLessThanOrEqual(RATE * factors.usage * 4 + 1);
      expect(computeReward({ ...given, gateMassMicro: given.gateMassMicro + more }).amount).toBeGreaterThanOrEqual(
        amount,
      );
    }),
    { numRuns: 500 },
  );
  const plain: RewardInputs = {
    tokens: 10,
    gateMassMicro: 5_000_000,
    timedTokens: 10,
    computeMicros: 100,
    layerTimedTokens: 100,
    layerComputeMicros: 1500,
    baselineLossMicro: 2_000_000,
    lossMicro: 1_960_000,
  };
  // 100 × 5 × (15 ÷ 10) × (1 + 20 × 0.02)
  expect(computeReward(plain)).toEqual({ amount: 1050, factors: { usage: 5, speed: 1.5, quality: 1.4 } });
});
