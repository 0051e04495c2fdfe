import { join } from "node:path";
import { type AnswerEnd, type AnswerOptions, answer } from "../../../src/moe/chat/answer.ts";
import { Conversation } from "../../../src/moe/chat/conversation.ts";
import { tokenizerFilesOf } from "../../../src/moe/chat/tokenizerFilesOf.ts";
import type { Engine } from "../../../src/moe/engine/engine.ts";
import { openTextWorker, type TextWorker } from "../../../src/moe/text/textWorker.ts";
import { CHECKPOINTS, GREEDY, promptOf, readReference, withEngine } from "../engine/support.ts";

const NAME = "qwen2moe";
const { input_ids: ids, greedy_ids } = promptOf(readReference(NAME), "len7");

function withBoth<T>(use: (engine: Engine, text: TextWorker) => Promise<T>): Promise<T> {
  return withEngine(NAME, {}, async (engine) => {
    const text = await openTextWorker(await tokenizerFilesOf(join(CHECKPOINTS, NAME)));
    try {
      return await use(engine, text);
    } finally {
      await text.close();
    }
  });
}

async function hear(engine: Engine, options: Partial<AnswerOptions>) {
  const heard = { text: "", ids: [] as number[], end: undefined as AnswerEnd | undefined };
  const all = { ids, maxTokens: 24, sampling: GREEDY, decoder: undefined, ...options };
  for await (const event of answer(engine, all)) {
    if (event.type === "trace") continue;
    heard.text += event.text;
    if (event.type === "token") heard.ids.push(event.id);
    else heard.end = event;
  }
  return heard;
}

test("the texts of all events, joined, are what decoding all tokens at once gives", () =>
  withBoth(async (engine, { decoder }) => {
    const heard = await hear(engine, { decoder, skipSpecialTokens: false });
    expect(heard.ids).toEqual(greedy_ids);
    expect(heard.text).toBe(decoder.decode(greedy_ids));
    expect(heard.end).toMatchObject({
      reason: "length",
      generatedTokens: 24,
      promptTokens: ids.length,
      stop: undefined,
    });
    expect((await hear(engine, { decoder })).text).toBe(decoder.decode(greedy_ids, { skipSpecialTokens: true }));
  }));

test("the text ends before the stop string, whichever part of it a token brings, and the engine stops there", () =>
  withBoth(async (engine, { decoder }) => {
    const whole = (await hear(engine, { decoder })).text;
    for (let from = 1; from + 3 <= whole.length; from += 5) {
      const stop = whole.slice(from, from + 3);
      const heard = await hear(engine, { decoder, stop: [stop] });
      expect(heard.text).toBe(whole.slice(0, whole.indexOf(stop)));
      expect(heard.end).toMatchObject({ reason: "stop", stop });
    }
    expect((await engine.stats()).activeSequences).toBe(0);
    const [, , third] = greedy_ids;
    const stopped = await hear(engine, { decoder, stopIds: [third!] });
    expect(stopped.ids).toEqual(greedy_ids.slice(0, 2));
    expect(stopped.end).toMatchObject({ reason: "stop", stopId: third });
  }));

test("without a tokenizer there are ids and no text, and stop strings are refused", () =>
  withEngine(NAME, {}, async (engine) => {
    const { text, ids: generated } = await hear(engine, {});
    expect([text, generated]).toEqual(["", greedy_ids]);
    await expect(hear(engine, { stop: ["x"] })).rejects.toMatchObject({ code: "tokenizer_missing" });
  }));

test("a conversation remembers its turns, and the next one reuses what was computed", () =>
  withBoth(async (engine, text) => {
    const conversation = new Conversation({ engine, text, system: "be brief" });
    const turn = async (question: string, signal?: AbortSignal, enough = Number.POSITIVE_INFINITY) => {
      let end: AnswerEnd | undefined;
      let tokens = 0;
      for await (const event of conversation.ask(question, {
        maxTokens: 8,
        sampling: GREEDY,
        ...(signal && { signal }),
      })) {
        if (event.type === "end") end = event;
        if (event.type === "token" && ++tokens >= enough) break;
      }
      return end;
    };
    expect((await turn("hello"))?.reusedTokens).toBe(0);
    expect(conversation.messages.map(({ role }) => role)).toEqual(["system", "user", "assistant"]);
    const second = await turn("and then?");
    expect(second!.reusedTokens).toBeGreaterThan(20);
    expect(second!.promptTokens).toBeGreaterThan(second!.reusedTokens!);
    // Cut short: what was said so far stays.
    await turn("go on", undefined, 3);
    expect(conversation.messages.length).toBe(7);
    // Failed before the first token: neither question nor answer.
    await expect(turn("x ".repeat(2000))).rejects.toMatchObject({ code: "context_too_long" });
    await expect(turn("now", AbortSignal.abort(new Error("gone")))).rejects.toThrow("gone");
    expect(conversation.messages.length).toBe(7);
    conversation.clear();
    expect(conversation.messages).toEqual([{ role: "system", content: "be brief" }]);
  }));

test("a model folder without a tokenizer is refused by name", async () => {
  await expect(tokenizerFilesOf(join(CHECKPOINTS, "bad"))).rejects.toMatchObject({ code: "tokenizer_missing" });
  await expect(tokenizerFilesOf(join(CHECKPOINTS, "none"))).rejects.toMatchObject({ code: "file_missing" });
});
