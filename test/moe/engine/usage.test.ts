/** What an engine tells of the work of its experts. */
import { createEngine, type TokenEvent } from "../../../src/moe/engine/engine.ts";
import { folderSlotSource } from "../../../src/moe/folderSource.ts";
import { CHECKPOINTS, readReference } from "./support.ts";

const PREFILL_ROWS = 3;

test("prompt tally and routing of the tokens together count every position once, and so do the times", async () => {
  const source = await folderSlotSource(`${CHECKPOINTS}/olmoe`);
  const engine = await createEngine({ source, prefillRows: PREFILL_ROWS });
  try {
    const ids = readReference("olmoe").prompts[0]!.input_ids;
    const counted = new Map<string, { tokens: number; mass: number }>();
    const traced = new Map<string, { tokens: number; mass: number }>();
    const add = (sums: typeof counted, layer: number, expert: number, tokens: number, mass: number): void => {
      const key = `layer${layer}.expert${expert}`;
      const old = sums.get(key) ?? { tokens: 0, mass: 0 };
      sums.set(key, { tokens: old.tokens + tokens, mass: old.mass + mass });
    };
    const first: TokenEvent[] = [];
    for await (const event of engine.generate({ ids, maxTokens: 5, sampling: { temperature: 0 }, routing: true })) {
      if (event.type !== "token") continue;
      if (event.prompt !== undefined) first.push(event);
      for (const { layer, expert, tokens, gateMass } of event.prompt?.experts ?? []) {
        add(counted, layer, expert, tokens, gateMass);
      }
      for (const { layer, experts, weights } of event.routing ?? []) {
        for (const [i, expert] of experts.entries()) add(counted, layer, expert, 1, weights[i]!);
      }
    }
    expect(first.map(({ index, prompt }) => [index, prompt?.reusedTokens])).toEqual([[0, 0]]);
    const times = new Map((await engine.takeExpertTimes()).map((time) => [time.slot, time]));
    expect(await engine.takeExpertTimes()).toEqual([]);
    for await (const event of engine.generate({ ids, maxTokens: 5, sampling: { temperature: 0 }, trace: true })) {
      if (event.type !== "trace") continue;
      for (const { layer, experts, weights } of event.routing) {
        for (const [i, expert] of experts.entries()) add(traced, layer, expert, 1, weights[i]!);
      }
    }
    expect([...counted.keys()].sort()).toEqual([...traced.keys()].sort());
    for (const [slot, { tokens, mass }] of traced) {
      expect(counted.get(slot)?.tokens).toBe(tokens);
      expect(counted.get(slot)?.mass).toBeCloseTo(mass, 4);
      expect(times.get(slot)).toMatchObject({ tokens, loads: 1, version: source.slots.get(slot)!.version });
      expect(times.get(slot)!.computeMs).toBeGreaterThan(0);
    }
  } finally {
    await engine.close();
    await source.close();
  }
});
