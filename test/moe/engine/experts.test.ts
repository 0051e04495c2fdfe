/** Loading only the experts that are needed: which are loaded, how much memory they take, and that tokens stay the same. */
import type { EngineStats } from "../../../src/moe/engine/engine.ts";
import { checkExecutionProvider } from "../../../src/moe/engine/executionProviders.ts";
import { GREEDY, greedy, promptOf, readReference, withEngine } from "./support.ts";

const TOKENS = 24;

/** Slots of the experts that a generation was routed to. */
async function chosenSlots(
  name: string,
  options: { readonly topK?: number } = {},
): Promise<{ chosen: Set<string>; stats: EngineStats; tokens: number[] }> {
  const { input_ids } = promptOf(readReference(name), "len7");
  return withEngine(name, options, async (engine) => {
    const chosen = new Set<string>();
    const tokens: number[] = [];
    for await (const event of engine.generate({ ids: input_ids, maxTokens: TOKENS, sampling: GREEDY, trace: true })) {
      if (event.type === "token") tokens.push(event.id);
      if (event.type !== "trace") continue;
      for (const { layer, experts } of event.routing)
        for (const expert of experts) chosen.add(`layer${layer}.expert${expert}`);
    }
    return { chosen, tokens, stats: await engine.stats() };
  });
}

for (const name of ["mixtral", "olmoe", "deepseek_v3", "gpt_oss"]) {
  test(`${name}: the experts ever loaded are exactly those the router chose`, async () => {
    const { chosen, stats } = await chosenSlots(name);
    expect(stats.expertsAsked.toSorted()).toEqual([...chosen].toSorted());
    expect(stats.expertsPrefetched).toEqual([]);
    expect(stats.experts.loads).toBe(chosen.size);
    expect(stats.experts.evictions).toBe(0);
  });

  test(`${name}: with room for a quarter of the experts the tokens are the same and memory stays within the budget`, async () => {
    const reference = readReference(name);
    await withEngine(name, {}, async (engine) => {
      const { expertBytes } = await engine.stats();
      const { layers, experts } = engine.spec;
      const all = layers.filter(({ feedForward }) => feedForward === "experts").length * experts.count;
      const expertBudgetBytes = Math.floor(all / 4) * expertBytes;
      await withEngine(name, { expertBudgetBytes }, async (bounded) => {
        for (const { input_ids, greedy_ids } of reference.prompts) {
          expect(await greedy(bounded, input_ids, greedy_ids.length)).toEqual(greedy_ids);
        }
        const { experts: counters } = await bounded.stats();
        expect(counters.peakBytes).toBeLessThanOrEqual(expertBudgetBytes);
        expect(counters.evictions).toBeGreaterThan(0);
        expect(counters.residentBytes).toBe((counters.loads - counters.evictions) * expertBytes);
      });
    });
  });
}

test("room for a single expert is enough, less is refused", async () => {
  const { input_ids, greedy_ids } = promptOf(readReference("mixtral"), "len7");
  await withEngine("mixtral", {}, async (engine) => {
    const { expertBytes } = await engine.stats();
    await withEngine("mixtral", { expertBudgetBytes: expertBytes }, async (small) => {
      expect(await greedy(small, input_ids, TOKENS)).toEqual(greedy_ids);
      expect((await small.stats()).experts.peakBytes).toBe(expertBytes);
    });
    await expect(withEngine("mixtral", { expertBudgetBytes: expertBytes - 1 }, async () => {})).rejects.toMatchObject({
      code: "expert_budget_too_small",
      data: { expertBytes },
    });
  });
});

test("without selective loading all experts are loaded at the start and the tokens are the same", async () => {
  const { input_ids, greedy_ids } = promptOf(readReference("olmoe"), "len33");
  await withEngine("olmoe", { useMoe: false }, async (engine) => {
    const before = await engine.stats();
    expect(before.experts.loads).toBe(3 * 16);
    expect(await greedy(engine, input_ids, TOKENS)).toEqual(greedy_ids);
    expect((await engine.stats()).experts.loads).toBe(before.experts.loads);
  });
});

test("another number of experts per token changes the choice, and is refused where the router cannot", async () => {
  const one = await chosenSlots("olmoe", { topK: 1 });
  const four = await chosenSlots("olmoe", { topK: 4 });
  expect(one.chosen.size).toBeLessThan(four.chosen.size);
  expect(four.tokens).toEqual(promptOf(readReference("olmoe"), "len7").greedy_ids);
  for (const topK of [0, 17, 1.5, Number.NaN]) {
    await expect(withEngine("olmoe", { topK }, async () => {})).rejects.toMatchObject({ code: "bad_top_k" });
  }
  await expect(withEngine("phimoe", { topK: 1 }, async () => {})).rejects.toMatchObject({ code: "bad_top_k" });
});

test("one expert's output is the one that the layer uses", async () => {
  await withEngine("mixtral", {}, async (engine) => {
    const { hiddenSize } = engine.spec;
    const rows = Float32Array.from({ length: 3 * hiddenSize }, (_, i) => Math.sin(i));
    const together = await engine.expert(1, 5, rows);
    expect(together.length).toBe(rows.length);
    const alone = await engine.expert(1, 5, rows.slice(hiddenSize, 2 * hiddenSize));
    for (let i = 0; i < hiddenSize; i++) expect(alone[i]).toBeCloseTo(together[hiddenSize + i] as number, 5);
    await expect(engine.expert(1, 8, rows)).rejects.toMatchObject({ code: "expert_unknown" });
    await expect(engine.expert(3, 0, rows)).rejects.toMatchObject({ code: "expert_unknown" });
    await expect(engine.expert(0, 0, rows.slice(1))).rejects.toMatchObject({ code: "bad_expert_input" });
  });
});

test("experts loaded ahead are counted apart, change no token, and stay within the budget", async () => {
  const { input_ids, greedy_ids } = promptOf(readReference("olmoe"), "len7");
  await withEngine("olmoe", {}, async (engine) => {
    const { expertBytes } = await engine.stats();
    await withEngine("olmoe", { prefetch: true, expertBudgetBytes: 20 * expertBytes }, async (ahead) => {
      expect(await greedy(ahead, input_ids, TOKENS)).toEqual(greedy_ids);
      const { experts, expertsPrefetched } = await ahead.stats();
      expect(experts.prefetches).toBeGreaterThan(0);
      expect(experts.usefulPrefetches).toBeGreaterThan(0);
      expect(experts.usefulPrefetches).toBeLessThanOrEqual(experts.prefetches);
      expect(expertsPrefetched.length).toBeGreaterThan(0);
      expect(experts.peakBytes).toBeLessThanOrEqual(20 * expertBytes);
    });
  });
});

test("a provider that is known but not there is refused with one reason, in one line", () => {
  for (const provider of ["cuda", "webgpu"] as const) {
    try {
      expect(checkExecutionProvider(provider)).toBe(provider);
    } catch (error) {
      expect(error).toMatchObject({
        code: "execution_provider_unavailable",
        message: expect.stringMatching(/^executionProvider: \w+ is not available here: [^\n]+; cpu always is$/),
      });
    }
  }
});

test("an execution provider that is not there is refused by name", async () => {
  const refused = withEngine("mixtral", { executionProvider: "tensorflow" as "cpu" }, async () => {});
  await expect(refused).rejects.toMatchObject({
    code: "execution_provider_unavailable",
    data: { executionProvider: "tensorflow" },
  });
});
