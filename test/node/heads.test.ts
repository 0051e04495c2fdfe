/** The engine reads its slots from the chain's heads. */
import { errorCode } from "../../src/core/errors.ts";
import { promptOf, readReference } from "../moe/engine/support.ts";
import { addBlocks, answerOf, ask, betterExpert, withBench } from "./support.ts";

const EXPERTS = Array.from({ length: 8 }, (_, expert) => `layer1.expert${expert}`);

test("a published model answers as its checkpoint does, token for token", async () => {
  await withBench({}, async ({ models, chat }) => {
    const reference = promptOf(readReference("mixtral"), "len7");
    const { pool } = models.require();
    const ids: number[] = [];
    const options = { ids: reference.input_ids, maxTokens: 24, sampling: { temperature: 0 } };
    for await (const event of pool.main.engine.generate(options)) if (event.type === "token") ids.push(event.id);
    expect(ids).toEqual(reference.greedy_ids.slice(0, 24));
    const { done, stateRoot } = await ask(chat, {});
    expect(stateRoot).toBe(models.list()[0]?.stateRoot);
    expect(done.usage.completionTokens).toBe(12);
  });
});

test("when heads change, an answer in flight ends on its own state, and the next one uses the new experts", async () => {
  await withBench({}, async (bench) => {
    const { chain, chat, models, states } = bench;
    const request = { input: { prompt: "Hello world" }, sampling: { temperature: 0 }, maxTokens: 40 };
    const before = await ask(chat, request);
    const prepared = await chat.prepare(request);
    const running = prepared.run(new AbortController().signal);
    const events = [(await running.next()).value!];
    for (const slot of EXPERTS) await addBlocks(chain, await betterExpert(bench, slot, 3));
    await models.runner!.refresh();
    const next = await chat.prepare(request);
    for await (const event of running) events.push(event);
    const inFlight = answerOf(events);
    expect(inFlight.ids).toEqual(before.ids);
    expect(prepared.stateRoot).toBe(before.stateRoot);
    expect(new Set(inFlight.done.experts.map(({ block }) => block)).size).toBeGreaterThan(1);
    const after: (typeof events)[number][] = [];
    for await (const event of next.run(new AbortController().signal)) after.push(event);
    expect(next.stateRoot).toBe(models.list()[0]?.stateRoot);
    expect(next.stateRoot).toBe(Buffer.from(await chain.stateRoot(bench.model)).toString("hex"));
    expect(next.stateRoot).not.toBe(before.stateRoot);
    expect(answerOf(after).ids).not.toEqual(before.ids);
    expect(states.at(-1)).toBe(next.stateRoot);
    const heads = await chain.heads(bench.model);
    for (const { slot, block } of answerOf(after).done.experts) {
      expect(block).toBe(Buffer.from(heads.get(slot)!.id).toString("hex"));
    }
  });
});

test("a place names the state that its answer runs on, however late it begins", async () => {
  await withBench({ engine: { maxSequences: 1 } }, async (bench) => {
    const { chain, chat, models } = bench;
    const request = { input: { prompt: "Hello world" }, sampling: { temperature: 0 }, maxTokens: 30 };
    const before = await ask(chat, request);
    // One that runs, one that waits behind it, one that is prepared only: all of them on the old state.
    const first = await chat.prepare(request);
    const running = first.run(new AbortController().signal);
    await running.next();
    const second = await chat.prepare(request);
    const third = await chat.prepare(request);
    const waiting = Array.fromAsync(second.run(new AbortController().signal));
    for (const slot of EXPERTS) await addBlocks(chain, await betterExpert(bench, slot, 3));
    const refreshed = models.runner!.refresh();
    const late = ask(chat, request);
    expect(models.list()[0]?.stateRoot).toBe(before.stateRoot);
    const rest = [...(await Array.fromAsync(running))];
    expect(answerOf(rest).done.usage.completionTokens).toBe(30);
    const held = await waiting;
    const begunLate = await Array.fromAsync(third.run(new AbortController().signal));
    await refreshed;
    expect(answerOf(held).ids).toEqual(before.ids);
    expect(answerOf(begunLate).ids).toEqual(before.ids);
    expect([first, second, third].map(({ stateRoot }) => stateRoot)).toEqual(Array(3).fill(before.stateRoot));
    const after = await late;
    expect(after.stateRoot).not.toBe(before.stateRoot);
    expect(after.ids).not.toEqual(before.ids);
  });
});

test("a head whose payload is missing or damaged is not taken up: answers go on with the old state", async () => {
  await withBench({}, async (bench) => {
    const { chain, chat, models } = bench;
    const before = await ask(chat, {});
    const [candidate, attestation] = await betterExpert(bench, "layer1.expert0", 3);
    const { root } = candidate.header.payload!;
    const bytes = await chain.payloads.readAll(root, 2 ** 24);
    await chain.payloads.remove(root);
    await addBlocks(chain, [candidate, attestation]);
    await models.runner!.refresh();
    expect(models.problem).toContain("layer1.expert0");
    expect((await ask(chat, {})).stateRoot).toBe(before.stateRoot);
    await chain.payloads.put([bytes]);
    models.onPayload();
    await models.runner!.refresh();
    expect(models.problem).toBe("");
    expect((await ask(chat, {})).stateRoot).not.toBe(before.stateRoot);
    // Weights that are no numbers.
    const old = models.list()[0]!.stateRoot;
    await addBlocks(chain, await betterExpert(bench, "layer1.expert1", Number.NaN));
    await models.runner!.refresh();
    expect(models.problem).toContain("finite");
    expect((await ask(chat, {})).stateRoot).toBe(old);
  });
});

test("a model with a slot that has no version cannot be served, and says which", async () => {
  await withBench({}, async ({ chain, models, model }) => {
    const heads = await chain.heads(model);
    const block = chain.dag.block(heads.get("layer0.expert3")!.id)!;
    await chain.payloads.remove(block.header.payload!.root);
    await models.runner!.close();
    const failure = await models.serve(model, new AbortController().signal).catch((error: unknown) => error);
    expect(errorCode(failure)).toBe("layers_unavailable");
    expect((failure as { data: { slots: string[] } }).data.slots).toEqual(["layer0.expert3"]);
  });
});
