/** New versions of slots: what is in flight finishes on the old one, new work runs on the new one, candidates are measured. */
import type { GenerateEvent } from "../../../src/moe/engine/engine.ts";
import { createEngine } from "../../../src/moe/engine/engine.ts";
import type { FolderSource } from "../../../src/moe/folderSource.ts";
import { overlaySource, requireSlot, type SlotSource } from "../../../src/moe/slotSource.ts";
import { GREEDY, greedy, promptOf, readReference, readTraining, withEngine } from "./support.ts";

/** `base` with all weights of some slots multiplied. */
function scaled(base: SlotSource, id: string, slots: readonly string[], factor: number): SlotSource {
  return overlaySource(
    base,
    id,
    new Map(
      slots.map((slot) => [
        slot,
        {
          info: { ...requireSlot(base, slot), version: `${id}-${slot}` },
          read: async (tensor: string) => {
            const bytes = await base.read(slot, tensor);
            const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4).map(
              (x) => x * factor,
            );
            return new Uint8Array(values.buffer);
          },
        },
      ]),
    ),
  );
}

const EXPERTS = Array.from({ length: 8 }, (_, expert) => `layer1.expert${expert}`);

test("a generation in flight finishes on the state it began with; a later one runs on the new state", async () => {
  const { input_ids, greedy_ids } = promptOf(readReference("mixtral"), "len7");
  const released: string[] = [];
  await withEngine("mixtral", {}, async (_, source: FolderSource) => {
    const engine = await createEngine({ source }, (old) => released.push(old.id));
    const running = engine.generate({ ids: input_ids, maxTokens: 24, sampling: GREEDY });
    const first = (await running.next()).value as GenerateEvent;
    const changed = scaled(source, "changed", EXPERTS, 3);
    await engine.update(changed);
    expect(released).toEqual([]);
    const during = await greedy(engine, input_ids, 24);
    expect(during).not.toEqual(greedy_ids);
    const tokens = [first];
    for await (const event of running) tokens.push(event);
    expect(tokens.flatMap((event) => (event.type === "token" ? [event.id] : []))).toEqual(greedy_ids);
    await engine.stats();
    expect(released).toEqual([source.id]);
    // Back again: nothing of the old version is left over.
    await engine.update(source);
    expect(await greedy(engine, input_ids, 24)).toEqual(greedy_ids);
    await engine.close();
  });
});

test("slots that keep their version are not loaded again", async () => {
  const { input_ids } = promptOf(readReference("mixtral"), "len33");
  await withEngine("mixtral", {}, async (engine, source) => {
    await greedy(engine, input_ids, 8);
    const before = await engine.stats();
    let reads: string[] = [];
    const changed = scaled(source, "one", ["layer2.expert3"], 2);
    const watched: SlotSource = {
      ...changed,
      read: (slot, tensor, options) => {
        reads.push(slot);
        return changed.read(slot, tensor, options);
      },
    };
    await engine.update(watched);
    reads = reads.filter((slot) => slot !== "embedding");
    expect(reads).toEqual([]);
    await greedy(engine, input_ids, 8);
    expect(new Set(reads.filter((slot) => slot !== "embedding"))).toEqual(new Set(["layer2.expert3"]));
    expect((await engine.stats()).experts.loads).toBe(before.experts.loads + 1);
  });
});

test("a state that cannot be loaded is refused and the old one stays", async () => {
  const { input_ids, greedy_ids } = promptOf(readReference("mixtral"), "len7");
  await withEngine("mixtral", {}, async (engine, source) => {
    await expect(engine.update(scaled(source, "broken", ["layer0.attention"], Number.NaN))).rejects.toMatchObject({
      code: "tensor_not_finite",
    });
    expect(await greedy(engine, input_ids, 24)).toEqual(greedy_ids);
    const before = await engine.stats();
    await engine.update(source);
    expect((await engine.stats()).kernels).toBe(before.kernels);
  });
});

test("an expert with numbers that are not finite fails the generation that needs it, and no other", async () => {
  const { input_ids, greedy_ids } = promptOf(readReference("mixtral"), "len7");
  await withEngine("mixtral", {}, async (engine, source) => {
    await engine.update(scaled(source, "poisoned", EXPERTS, Number.POSITIVE_INFINITY));
    await expect(greedy(engine, input_ids, 24)).rejects.toMatchObject({ code: "tensor_not_finite" });
    await engine.update(source);
    expect(await greedy(engine, input_ids, 24)).toEqual(greedy_ids);
    expect(await engine.stats()).toMatchObject({ activeSequences: 0, caches: 0, kvBytes: 0 });
  });
});

test("weights so large that the logits overflow end in a code, not in tokens", async () => {
  await withEngine("mixtral", {}, async (engine, source) => {
    await engine.update(scaled(source, "huge", ["head"], 1e37));
    await expect(greedy(engine, [1, 2, 3], 4)).rejects.toMatchObject({ code: "non_finite_logits" });
  });
});

test("the loss of a candidate is the loss of a model with that slot replaced, and the model stays as it was", async () => {
  const { batch, loss0 } = readTraining("mixtral");
  await withEngine("mixtral", {}, async (engine, source) => {
    const evaluation = await engine.evaluation(batch);
    expect(Math.abs(evaluation.base.loss - loss0)).toBeLessThan(1e-4);
    for (const [layer, slot] of [
      [0, "layer0.expert2"],
      [1, "layer1.expert5"],
      [2, "layer2.expert0"],
      [1, "layer1.attention"],
      [2, "layer2.router"],
    ] as const) {
      const candidate = scaled(source, `candidate-${slot}`, [slot], 1.7);
      const measured = await evaluation.candidate(candidate, layer);
      const whole = await createEngine({ source: candidate });
      const expected = await whole.loss(batch);
      await whole.close();
      expect(measured.loss).toBeCloseTo(expected.loss, 6);
      expect(measured.perSequence.length).toBe(4);
      expect(Math.abs(measured.loss - loss0)).toBeGreaterThan(1e-6);
    }
    expect((await evaluation.candidate(source, 1)).loss).toBeCloseTo(evaluation.base.loss, 6);
    await evaluation.close();
    await evaluation.close();
    expect(Math.abs((await engine.loss(batch)).loss - loss0)).toBeLessThan(1e-4);
  });
});

test("a source of another model is refused", async () => {
  await withEngine("mixtral", {}, async (engine) => {
    await withEngine("mixtral-bf16", {}, async (_, other) => {
      await expect(engine.update(other)).rejects.toMatchObject({ code: "other_model" });
    });
  });
});
