/** Layer slices: two engines that hold a part of the layers each give the same bytes as one that holds them all. */
import type { Engine, SliceResult } from "../../../src/moe/engine/engine.ts";
import { greedy, promptOf, readReference, withEngine } from "./support.ts";

const argmax = (values: Float32Array): number =>
  values.reduce((best, value, i) => (value > (values[best] as number) ? i : best), 0);

async function withSlices(
  name: string,
  use: (whole: Engine, first: Engine, second: Engine) => Promise<void>,
): Promise<void> {
  await withEngine(name, {}, async (whole) => {
    const last = whole.spec.layers.length - 1;
    await withEngine(name, { layers: [0, 0] }, async (first) => {
      await withEngine(name, { layers: [1, last] }, (second) => use(whole, first, second));
    });
  });
}

/** Feeds ids at `position` through both slices. */
async function feed(first: Engine, second: Engine, position: number, ids: readonly number[]): Promise<SliceResult> {
  const { hidden, logits } = await first.slice({ session: "a", position, ids });
  expect(logits).toBeUndefined();
  return second.slice({ session: "b", position, hidden });
}

for (const name of ["mixtral-bf16", "olmoe", "qwen2moe-mix", "deepseek_v2-lite", "gpt_oss", "phimoe"]) {
  test(`${name}: prompt and steps through two slices give the bytes and tokens of one engine`, async () => {
    const { input_ids, greedy_ids } = promptOf(readReference(name), "len33");
    await withSlices(name, async (whole, first, second) => {
      let result = await feed(first, second, 0, input_ids);
      const expected = await whole.slice({ session: "w", position: 0, ids: input_ids });
      expect(result.hidden).toEqual(expected.hidden);
      expect(result.logits).toEqual(expected.logits);
      const tokens: number[] = [];
      for (let position = input_ids.length; tokens.length < 12; position++) {
        const token = argmax(result.logits as Float32Array);
        tokens.push(token);
        result = await feed(first, second, position, [token]);
        const same = await whole.slice({ session: "w", position, ids: [token] });
        expect(result.logits).toEqual(same.logits);
      }
      expect(tokens).toEqual(greedy_ids.slice(0, 12));
    });
  });
}

test("a repeated step and a replay from further back give the same bytes again", async () => {
  const { input_ids } = promptOf(readReference("mixtral"), "len33");
  await withEngine("mixtral", { layers: [0, 1] }, async (engine) => {
    await engine.slice({ session: "s", position: 0, ids: input_ids });
    const step = await engine.slice({ session: "s", position: 33, ids: [7] });
    expect(await engine.slice({ session: "s", position: 33, ids: [7] })).toEqual(step);
    await engine.slice({ session: "s", position: 34, ids: [8, 9, 10] });
    expect((await engine.slice({ session: "s", position: 33, ids: [7] })).hidden).toEqual(step.hidden);
    await engine.slice({ session: "s", position: 0, ids: input_ids });
    expect((await engine.slice({ session: "s", position: 33, ids: [7] })).hidden).toEqual(step.hidden);
  });
});

test("a gap, wrong inputs and numbers that are not finite are refused with their codes", async () => {
  await withEngine("mixtral", { layers: [1, 2] }, async (engine) => {
    const { hiddenSize } = engine.spec;
    const hidden = new Float32Array(2 * hiddenSize).fill(0.5);
    await engine.slice({ session: "s", position: 0, hidden });
    await expect(engine.slice({ session: "s", position: 3, hidden })).rejects.toMatchObject({
      code: "position_gap",
      data: { expected: 2, got: 3 },
    });
    await expect(engine.slice({ session: "new", position: 1, hidden })).rejects.toMatchObject({ code: "position_gap" });
    await expect(engine.slice({ session: "s", position: 2, ids: [1] })).rejects.toMatchObject({
      code: "bad_slice_input",
    });
    await expect(engine.slice({ session: "s", position: 2, hidden: hidden.slice(1) })).rejects.toMatchObject({
      code: "bad_slice_input",
    });
    await expect(
      engine.slice({ session: "s", position: 2, hidden: new Float32Array(hiddenSize).fill(Number.NaN) }),
    ).rejects.toMatchObject({
      code: "non_finite_values",
    });
    await expect(engine.slice({ session: "s", position: 511, hidden })).rejects.toMatchObject({
      code: "context_too_long",
    });
  });
});

test("a slice session that outgrows LongRoPE's short factors says so, and goes on after a replay with the new length", async () => {
  const { input_ids } = promptOf(readReference("phimoe"), "len33");
  const ids = [...input_ids, ...input_ids];
  await withEngine("phimoe", {}, async (engine) => {
    await engine.slice({ session: "s", position: 0, ids: ids.slice(0, 60) });
    await expect(engine.slice({ session: "s", position: 60, ids: ids.slice(60) })).rejects.toMatchObject({
      code: "rope_regime_changed",
      data: { ropeLength: 66 },
    });
    await engine.slice({ session: "s", position: 0, ids: ids.slice(0, 60), ropeLength: 66 });
    const result = await engine.slice({ session: "s", position: 60, ids: ids.slice(60) });
    expect([argmax(result.logits as Float32Array)]).toEqual(await greedy(engine, ids, 1));
  });
});

test("closing a session releases its caches; closing it again, or one that never was, is no error", async () => {
  await withEngine("mixtral", {}, async (engine) => {
    await engine.slice({ session: "s", position: 0, ids: [1, 2, 3] });
    expect(await engine.stats()).toMatchObject({ sliceSessions: 1, caches: 2 });
    expect((await engine.stats()).kvBytes).toBeGreaterThan(0);
    await engine.closeSession("s");
    await engine.closeSession("s");
    await engine.closeSession("never");
    expect(await engine.stats()).toMatchObject({ sliceSessions: 0, caches: 0, kvBytes: 0 });
  });
});
