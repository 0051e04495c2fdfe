/** Answers: text, tokens, limits, queue, variants. */
import { errorCode } from "../../src/core/errors.ts";
import { ask, type Bench, GREEDY, withBench } from "./support.ts";

const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no error",
    (error: unknown) => errorCode(error),
  );
const never = new AbortController().signal;
const hello = { input: { prompt: "Hello" }, sampling: GREEDY, maxTokens: 12 };

test("text, tokens, usage, routing and shares of an answer fit together", async () => {
  await withBench({}, async ({ chat, models, chain, model }) => {
    const answer = await ask(chat, { routing: true, sampling: { temperature: 0, topLogprobs: 3 } });
    const { spec } = models.runner!.model;
    const tokens = answer.events.flatMap((event) => (event.type === "text" ? event.tokens : []));
    expect(tokens).toHaveLength(12);
    expect(answer.done.finishReason).toBe("length");
    expect(answer.done.usage).toEqual({ promptTokens: expect.any(Number), completionTokens: 12, cachedTokens: 0 });
    for (const token of tokens) {
      expect(token.routing).toHaveLength(spec.layers.length);
      expect(token.alternatives).toHaveLength(3);
      // Greedy: the token is the first of its alternatives.
      expect(token.alternatives![0]).toMatchObject({ id: token.id, logprob: token.logprob });
    }
    const shares = new Map<number, number>();
    for (const { layer, share } of answer.done.experts) shares.set(layer, (shares.get(layer) ?? 0) + share);
    expect([...shares.keys()]).toEqual(spec.layers.map((_, layer) => layer));
    for (const share of shares.values()) expect(share).toBeCloseTo(1, 6);
    const activations = answer.done.experts.reduce((sum, { tokens: count }) => sum + count, 0);
    expect(activations).toBe(12 * spec.layers.length * spec.experts.perToken);
    const heads = await chain.heads(model);
    for (const { slot, block } of answer.done.experts) {
      expect(block).toBe(Buffer.from(heads.get(slot)!.id).toString("hex"));
    }
    expect(answer.done.timings.tokensPerSecond).toBeGreaterThan(0);
    expect(answer.done.cache.loads).toBeGreaterThan(0);
  });
});

test("an answer ends before a stop text, also where tokens share it, and is the beginning of the whole one", async () => {
  await withBench({}, async ({ chat }) => {
    const whole = await ask(chat, { maxTokens: 24 });
    const text = whole.text.replaceAll("\ufffd", "");
    const stop = text.slice(4, 7);
    expect(stop).toHaveLength(3);
    const stopped = await ask(chat, { maxTokens: 24, stop: [stop] });
    expect(stopped.done.finishReason).toBe("stop");
    expect(stopped.text).toBe(whole.text.slice(0, whole.text.indexOf(stop)));
    expect(stopped.done.usage.completionTokens).toBeLessThanOrEqual(24);
  });
});

test("the same conversation is not computed twice for one session, and never for another", async () => {
  await withBench({}, async ({ chat }) => {
    const messages = [{ role: "user" as const, content: "Tell me about the chain of experts." }];
    const first = await ask(chat, { input: { messages }, sessionKey: "ann 1" });
    const next = [...messages, { role: "assistant" as const, content: first.text }, ...messages];
    const again = await ask(chat, { input: { messages }, sessionKey: "ann 1" });
    expect(again.done.usage.cachedTokens).toBe(again.done.usage.promptTokens - 1);
    expect(again.ids).toEqual(first.ids);
    expect((await ask(chat, { input: { messages }, sessionKey: "bob 1" })).done.usage.cachedTokens).toBe(0);
    expect((await ask(chat, { input: { messages } })).done.usage.cachedTokens).toBe(0);
    expect(
      (await ask(chat, { input: { messages: next }, sessionKey: "ann 1" })).done.usage.cachedTokens,
    ).toBeGreaterThan(0);
  });
});

test("all experts at once or on demand: the same tokens; other numbers of experts run in engines of their own", async () => {
  await withBench({}, async ({ chat, models }) => {
    const usual = await ask(chat, {});
    const all = await ask(chat, { useMoe: false });
    expect(all.ids).toEqual(usual.ids);
    expect(all.done.cache.loads).toBeGreaterThan(usual.done.cache.loads);
    const one = await ask(chat, { topKExperts: 1 });
    const oneLoaded = await ask(chat, { topKExperts: 1, useMoe: false });
    expect(one.ids).not.toEqual(usual.ids);
    expect(oneLoaded.ids).toEqual(one.ids);
    expect(one.done.experts.every(({ share }) => share > 0)).toBe(true);
    expect((await ask(chat, { topKExperts: 2 })).ids).toEqual(usual.ids);
    // The usual one, and two others at most.
    expect(models.runner!.pool.queues).toHaveLength(3);
    await expect(chat.prepare({ ...hello, topKExperts: 9 })).rejects.toMatchObject({
      code: "bad_top_k",
      message: expect.stringMatching(/^topKExperts: expected /),
      data: { parameter: "topKExperts" },
    });
    expect(await code(chat.prepare({ ...hello, topKExperts: 0 }))).toBe("bad_top_k");
  });
});

test("mistakes are known before anything is computed", async () => {
  await withBench({}, async ({ chat, models }) => {
    const limit = models.list()[0]!.contextLength;
    const long = "word ".repeat(limit * 2);
    const prepare = (change: object) => chat.prepare({ ...hello, ...change });
    expect(await code(prepare({ model: "gpt-4" }))).toBe("model_not_found");
    await expect(prepare({ input: { messages: [] } })).rejects.toMatchObject({
      code: "bad_message",
      data: { parameter: "messages" },
    });
    await expect(prepare({ input: { messages: [{ role: "user", content: long }] } })).rejects.toMatchObject({
      code: "context_length_exceeded",
      message: expect.stringMatching(/^messages: /),
      data: { parameter: "messages", limit },
    });
    expect(await code(prepare({ sampling: { temperature: 3 } }))).toBe("bad_sampling_parameter");
    expect(await code(prepare({ sampling: { logitBias: new Map([[100_000, 1]]) } }))).toBe("bad_sampling_parameter");
    expect(await code(prepare({ stop: [""] }))).toBe("bad_sampling_parameter");
    const tooLong = (await prepare({ input: { prompt: long } }).catch((error: unknown) => error)) as {
      code: string;
      data: { limit: number; count: number };
    };
    expect(tooLong.code).toBe("context_length_exceeded");
    expect(tooLong.data).toEqual({ parameter: "prompt", limit, count: expect.any(Number) });
    expect(tooLong.data.count).toBeGreaterThan(limit);
    expect(chat.load()).toEqual({ running: 0, waiting: 0 });
    const clamped = await prepare({ maxTokens: 32_000 });
    expect(clamped.maxTokens).toBe(limit - clamped.promptTokens);
    clamped.release();
    clamped.release();
    expect(chat.load()).toEqual({ running: 0, waiting: 0 });
    expect((await models.runner!.pool.main.engine.stats()).steps).toBe(0);
  });
});

test("more than may wait are told when to come back; those who wait all get their answers, in order", async () => {
  await withBench({ engine: { maxSequences: 1 }, maxWaiting: 3 }, async ({ chat }) => {
    const first = await chat.prepare(hello);
    const running = first.run(never);
    await running.next();
    const waiting = [await chat.prepare(hello), await chat.prepare(hello), await chat.prepare(hello)];
    expect(chat.load()).toEqual({ running: 1, waiting: 3 });
    const refused = await chat.prepare(hello).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "overloaded", data: { retryAfterMs: expect.any(Number) } });
    const order: number[] = [];
    const answers = waiting.map(async (prepared, i) => {
      const events = await Array.fromAsync(prepared.run(never));
      order.push(i);
      return events;
    });
    await Array.fromAsync(running);
    for (const events of await Promise.all(answers)) expect(events.at(-1)?.type).toBe("done");
    expect(order).toEqual([0, 1, 2]);
    expect(chat.load()).toEqual({ running: 0, waiting: 0 });
  });
});

test("who goes away frees the engine within a step, whether he ran or waited", async () => {
  await withBench({ engine: { maxSequences: 1 } }, async (bench: Bench) => {
    const { chat, models } = bench;
    const { engine } = models.runner!.pool.main;
    const request = { ...hello, maxTokens: 400 };
    const gone = new AbortController();
    const events = (await chat.prepare(request)).run(gone.signal);
    await events.next();
    const waitingGone = new AbortController();
    const waiting = Array.fromAsync((await chat.prepare(request)).run(waitingGone.signal));
    waitingGone.abort(new Error("left the queue"));
    await expect(waiting).rejects.toThrow("left the queue");
    gone.abort(new Error("went away"));
    await expect(Array.fromAsync(events)).rejects.toThrow("went away");
    const { generatedTokens } = await engine.stats();
    expect(generatedTokens).toBeLessThan(60);
    expect((await engine.stats()).activeSequences).toBe(0);
    const left = (await chat.prepare(request)).run(never);
    for await (const _event of left) break;
    expect((await engine.stats()).activeSequences).toBe(0);
    expect(chat.load()).toEqual({ running: 0, waiting: 0 });
    expect((await ask(chat, {})).done.usage.completionTokens).toBe(12);
  });
});

const GRACE_MS = 2000;

test("draining refuses what is new, lets answers end, and ends those that take too long with node_closing", async () => {
  await withBench({ engine: { maxSequences: 2 } }, async ({ chat }) => {
    const short = (await chat.prepare(hello)).run(never);
    // Nearly all of it: what is left is quick.
    for (let event = 0; event < 8; event++) await short.next();
    const long = (await chat.prepare({ ...hello, maxTokens: 400 })).run(never);
    await long.next();
    const drained = chat.drain(GRACE_MS);
    expect(await code(chat.prepare(hello))).toBe("node_closing");
    expect((await Array.fromAsync(short)).at(-1)?.type).toBe("done");
    // The client of the long answer reads nothing until the grace is over.
    const failure = code(
      (async () => {
        await new Promise((resolve) => setTimeout(resolve, GRACE_MS + 100));
        return Array.fromAsync(long);
      })(),
    );
    expect(await failure).toBe("node_closing");
    await drained;
  });
});

test("what a request leaves open is sampled as the model's generation_config.json says", async () => {
  const generationConfig = { eos_token_id: 2, do_sample: false, top_p: 0.9, top_k: -5 };
  await withBench({ generationConfig }, async ({ chat, models }) => {
    const sampling = { temperature: 0, topP: 0.9, topK: 0, minP: 0, repetitionPenalty: 1 };
    expect(models.list()[0]?.sampling).toEqual(sampling);
    const greedy = await ask(chat, { sampling: GREEDY });
    expect((await ask(chat, { sampling: {} })).ids).toEqual(greedy.ids);
    const prepared = await chat.prepare({ ...hello, sampling: { temperature: 1.5 } });
    expect([prepared.temperature, prepared.topP]).toEqual([1.5, 0.9]);
    prepared.release();
  });
});
