/** Generations: batching, sampling, stopping, aborting, prefix reuse, and what they leave behind. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { DoneEvent, Engine, GenerateEvent, TokenEvent } from "../../../src/moe/engine/engine.ts";
import { GREEDY, greedy, promptOf, readReference, withEngine } from "./support.ts";

async function collect(events: AsyncIterable<GenerateEvent>): Promise<{ tokens: TokenEvent[]; done: DoneEvent }> {
  const tokens: TokenEvent[] = [];
  let done: DoneEvent | undefined;
  for await (const event of events) {
    if (event.type === "token") tokens.push(event);
    if (event.type === "done") done = event;
  }
  return { tokens, done: done as DoneEvent };
}

async function expectNothingHeld(engine: Engine): Promise<void> {
  expect(await engine.stats()).toMatchObject({
    activeSequences: 0,
    waitingSequences: 0,
    retainedSessions: 0,
    caches: 0,
    kvBytes: 0,
  });
}

for (const name of ["mixtral", "qwen2moe-mix", "deepseek_v3", "gpt_oss", "phimoe"]) {
  test(`${name}: generations that run together give the tokens that each gives alone`, async () => {
    const { prompts } = readReference(name);
    await withEngine(name, { maxSequences: 5 }, async (engine) => {
      const jobs = Array.from({ length: 8 }, (_, i) => prompts[i % prompts.length] as (typeof prompts)[number]);
      const results = await Promise.all(
        jobs.map(({ input_ids, greedy_ids }) => greedy(engine, input_ids, greedy_ids.length)),
      );
      expect(results).toEqual(jobs.map(({ greedy_ids }) => greedy_ids));
      await expectNothingHeld(engine);
    });
  });
}

test("a prompt spread over many steps gives the same tokens", async () => {
  const { input_ids, greedy_ids } = promptOf(readReference("mixtral-bf16"), "len33");
  for (const prefillRows of [1, 5, 32]) {
    await withEngine("mixtral-bf16", { prefillRows }, async (engine) => {
      expect(await greedy(engine, input_ids, greedy_ids.length)).toEqual(greedy_ids);
    });
  }
});

test("a sequence that grows past LongRoPE's limit goes on as if it had been computed with the long factors", async () => {
  const { input_ids } = promptOf(readReference("phimoe"), "len33");
  const prompt = [...input_ids, ...input_ids.slice(0, 20)];
  await withEngine("phimoe", {}, async (engine) => {
    const tokens = await greedy(engine, prompt, 24);
    // Position 64 is the first one past the limit: from there on every token is that of a fresh start.
    for (let length = 63; length < prompt.length + tokens.length; length += 3) {
      const known = [...prompt, ...tokens].slice(0, length);
      expect(await greedy(engine, known, 1)).toEqual([[...prompt, ...tokens][length]]);
    }
  });
});

test("the same seed gives the same tokens, whatever else runs; another seed gives others", async () => {
  const { input_ids } = promptOf(readReference("olmoe"), "len7");
  await withEngine("olmoe", {}, async (engine) => {
    const sampled = async (seed: number): Promise<number[]> =>
      greedy(engine, input_ids, 20, { sampling: { temperature: 1, topP: 0.95, seed } });
    const alone = await sampled(5);
    const [again, other] = await Promise.all([sampled(5), sampled(6), greedy(engine, input_ids, 20)]);
    expect(again).toEqual(alone);
    expect(other).not.toEqual(alone);
  });
});

test("events say where the tokens come from: log probabilities, experts, counters", async () => {
  const { input_ids, greedy_ids } = promptOf(readReference("olmoe"), "len7");
  await withEngine("olmoe", {}, async (engine) => {
    const { tokens, done } = await collect(
      engine.generate({
        ids: input_ids,
        maxTokens: 5,
        sampling: { temperature: 0, logprobs: true, topLogprobs: 3 },
        routing: true,
      }),
    );
    expect(tokens.map(({ id }) => id)).toEqual(greedy_ids.slice(0, 5));
    expect(tokens.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    for (const { id, logprob, topLogprobs, routing } of tokens) {
      expect(logprob).toBeLessThanOrEqual(0);
      expect(topLogprobs?.length).toBe(3);
      expect(topLogprobs?.[0]?.id).toBe(id);
      expect(routing?.map(({ layer }) => layer)).toEqual([0, 1, 2]);
      expect(routing?.every(({ experts, weights }) => experts.length === 4 && weights.length === 4)).toBe(true);
    }
    expect(done).toMatchObject({ reason: "length", promptTokens: 7, generatedTokens: 5, reusedTokens: 0 });
    expect(done.firstTokenMs).toBeGreaterThan(0);
    expect(done.cache.loads).toBeGreaterThan(0);
    expect(done.cache).toEqual((await engine.stats()).experts);
  });
});

test("a stop id ends the answer before it, and is reported", async () => {
  const { input_ids, greedy_ids } = promptOf(readReference("mixtral"), "len7");
  await withEngine("mixtral", {}, async (engine) => {
    const stopId = greedy_ids[4] as number;
    const { tokens, done } = await collect(
      engine.generate({ ids: input_ids, maxTokens: 24, sampling: GREEDY, stopIds: [stopId] }),
    );
    expect(tokens.map(({ id }) => id)).toEqual(greedy_ids.slice(0, greedy_ids.indexOf(stopId)));
    expect(done).toMatchObject({ reason: "stop", stopId });
    await expectNothingHeld(engine);
  });
});

test("the next turn of a conversation computes only what is new, and gives the tokens of a fresh start", async () => {
  const { input_ids, greedy_ids } = promptOf(readReference("mixtral"), "len33");
  await withEngine("mixtral", {}, async (engine) => {
    await greedy(engine, input_ids, 12, { sessionKey: "talk" });
    const next = [...input_ids, ...greedy_ids.slice(0, 12), 5, 6, 7];
    const { tokens, done } = await collect(
      engine.generate({ ids: next, maxTokens: 10, sampling: GREEDY, sessionKey: "talk" }),
    );
    expect(done.reusedTokens).toBe(33 + 11);
    expect(tokens.map(({ id }) => id)).toEqual(await greedy(engine, next, 10));
    // An edited history is reused up to the edit.
    const edited = [...next];
    edited[20] = ((edited[20] as number) + 1) % engine.spec.vocabSize;
    const branch = await collect(engine.generate({ ids: edited, maxTokens: 5, sampling: GREEDY, sessionKey: "talk" }));
    expect(branch.done.reusedTokens).toBe(20);
    expect(branch.tokens.map(({ id }) => id)).toEqual(await greedy(engine, edited, 5));
    // Another conversation shares nothing.
    const other = await collect(engine.generate({ ids: next, maxTokens: 1, sampling: GREEDY, sessionKey: "other" }));
    expect(other.done.reusedTokens).toBe(0);
  });
});

test("kept conversations give way when memory for new ones runs short", async () => {
  const { input_ids } = promptOf(readReference("mixtral"), "len33");
  await withEngine("mixtral", {}, async (engine) => {
    await greedy(engine, input_ids, 3, { sessionKey: "a" });
    const { kvBytes } = await engine.stats();
    const perPosition = kvBytes / 35;
    await withEngine("mixtral", { kvBudgetBytes: perPosition * 60 }, async (small) => {
      await greedy(small, input_ids, 3, { sessionKey: "a" });
      expect((await small.stats()).retainedSessions).toBe(1);
      expect((await greedy(small, input_ids, 10)).length).toBe(10);
      expect((await small.stats()).retainedSessions).toBe(0);
      await expect(greedy(small, input_ids, 30)).rejects.toMatchObject({ code: "kv_budget_exceeded" });
      // Two that fit one after the other, not together: the second waits.
      const both = await Promise.all([greedy(small, input_ids, 20), greedy(small, input_ids, 20)]);
      expect(both[0]).toEqual(both[1]);
    });
  });
});

test("requests that cannot be answered are refused with their codes", async () => {
  await withEngine("mixtral", {}, async (engine) => {
    const run = (options: Parameters<Engine["generate"]>[0]): Promise<unknown> => collect(engine.generate(options));
    await expect(run({ ids: [], maxTokens: 1 })).rejects.toMatchObject({ code: "bad_prompt" });
    await expect(run({ ids: [320], maxTokens: 1 })).rejects.toMatchObject({ code: "bad_token_id" });
    await expect(run({ ids: [-1], maxTokens: 1 })).rejects.toMatchObject({ code: "bad_token_id" });
    await expect(run({ ids: [1], maxTokens: -1 })).rejects.toMatchObject({ code: "bad_max_tokens" });
    await expect(run({ ids: [1], maxTokens: 1, sampling: { temperature: 9 } })).rejects.toMatchObject({
      code: "bad_sampling_parameter",
      data: { parameter: "temperature" },
    });
    await expect(run({ ids: new Array(513).fill(1), maxTokens: 1 })).rejects.toMatchObject({
      code: "context_too_long",
    });
    await expectNothingHeld(engine);
  });
});

test("an answer ends at the model's longest sequence", async () => {
  await withEngine("mixtral", {}, async (engine) => {
    const { tokens, done } = await collect(
      engine.generate({ ids: new Array(508).fill(7), maxTokens: 100, sampling: GREEDY }),
    );
    expect(tokens.length).toBe(4);
    expect(done.reason).toBe("length");
    const full = await collect(engine.generate({ ids: new Array(512).fill(7), maxTokens: 3, sampling: GREEDY }));
    expect(full.tokens).toEqual([]);
  });
});

test("an abort ends a generation with its own reason, at any moment, and nothing of it stays", async () => {
  const { input_ids } = promptOf(readReference("mixtral"), "len33");
  await withEngine("mixtral", { maxSequences: 3 }, async (engine) => {
    const run = async (i: number): Promise<string> => {
      const abort = new AbortController();
      const reason = new Error(`reason ${i}`);
      let seen = 0;
      if (i % 5 === 0) abort.abort(reason);
      else if (i % 5 === 1) queueMicrotask(() => abort.abort(reason));
      else if (i % 5 === 2) setImmediate(() => abort.abort(reason));
      try {
        for await (const event of engine.generate({
          ids: input_ids,
          maxTokens: 400,
          sampling: GREEDY,
          signal: abort.signal,
          ...(i % 3 === 0 && { sessionKey: `s${i % 4}` }),
        })) {
          if (event.type === "token" && ++seen === i % 7) {
            if (i % 5 === 3) break;
            abort.abort(reason);
          }
        }
        return "left";
      } catch (error) {
        expect(error).toBe(reason);
        return "aborted";
      }
    };
    for (let round = 0; round < 5; round++) {
      const results = await Promise.all(Array.from({ length: 40 }, (_, i) => run(round * 40 + i)));
      expect(results.filter((result) => result === "aborted").length).toBeGreaterThan(20);
    }
    const stats = await engine.stats();
    expect(stats).toMatchObject({ activeSequences: 0, waitingSequences: 0 });
    expect(stats.retainedSessions).toBeLessThanOrEqual(4);
    expect(stats.caches).toBe(2 * stats.retainedSessions);
    const { greedy_ids } = promptOf(readReference("mixtral"), "len33");
    expect(await greedy(engine, input_ids, 24)).toEqual(greedy_ids);
  });
});

test("a caller that takes no events pauses its generation, not those of others", async () => {
  const { input_ids } = promptOf(readReference("mixtral"), "len7");
  await withEngine("mixtral", {}, async (engine) => {
    const slow = engine.generate({ ids: input_ids, maxTokens: 400, sampling: GREEDY });
    await slow.next();
    await greedy(engine, input_ids, 200);
    const { generatedTokens, activeSequences } = await engine.stats();
    expect(activeSequences).toBe(1);
    expect(generatedTokens - 200).toBeLessThan(64);
    const rest = await collect(slow);
    expect(rest.tokens.length).toBe(399);
  });
});

test("the caller's event loop stays free while the engine computes", async () => {
  const { input_ids } = promptOf(readReference("deepseek_v3"), "len33");
  await withEngine("deepseek_v3", {}, async (engine) => {
    await greedy(engine, input_ids, 5);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await Promise.all(Array.from({ length: 8 }, () => greedy(engine, input_ids, 150)));
    delay.disable();
    // Printed rather than asserted tightly: the machine may be busy with other tests. A blocked loop would show seconds.
    expect(delay.percentile(50) / 1e6).toBeLessThan(20);
  });
});

test("closing ends generations with a code, and later calls are refused", async () => {
  const { input_ids } = promptOf(readReference("mixtral"), "len7");
  let engineAfter: Engine | undefined;
  await withEngine("mixtral", {}, async (engine) => {
    engineAfter = engine;
    const running = collect(engine.generate({ ids: input_ids, maxTokens: 500, sampling: GREEDY }));
    const refused = expect(running).rejects.toMatchObject({ code: "engine_closed" });
    await engine.stats();
    await Promise.all([engine.close(), engine.close()]);
    await refused;
  });
  await expect(greedy(engineAfter as Engine, input_ids, 1)).rejects.toMatchObject({ code: "engine_closed" });
});
