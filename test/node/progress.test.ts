/** What a question hears before its first token, from the real queue and the real engine. */
import type { ChatProgress, PreparedChat } from "../../src/api/services/chat.ts";
import { GREEDY, withBench } from "./support.ts";

const never = new AbortController().signal;

test("who waits hears how many come first, down to none, then how far the prompt is; the answer is the same", () =>
  withBench({ engine: { maxSequences: 1, prefillRows: 8 } }, async ({ chat }) => {
    const request = { input: { prompt: "word ".repeat(20) }, sampling: GREEDY, maxTokens: 6 };
    const alone = await textOf(await chat.prepare(request));
    const running = (await chat.prepare({ ...request, maxTokens: 40 })).run(never);
    await running.next();
    const heard: ChatProgress[][] = [[], [], []];
    const prepared = await Promise.all(heard.map(() => chat.prepare(request)));
    const answers = prepared.map((each, i) => textOf(each, (progress) => heard[i]!.push(progress)));
    for await (const _event of running);
    expect(await Promise.all(answers)).toEqual([alone, alone, alone]);
    const aheads = heard.map((own) => own.flatMap((progress) => (progress.stage === "queue" ? [progress.ahead] : [])));
    expect(aheads).toEqual([[0], [1, 0], [2, 1, 0]]);
    for (const [i, own] of heard.entries()) {
      const prompts = own.filter(({ stage }) => stage === "prompt");
      expect(prompts[0]).toEqual({ stage: "prompt", tokens: 8, total: prepared[i]!.promptTokens });
      expect(own.slice(0, aheads[i]!.length).every(({ stage }) => stage === "queue")).toBe(true);
    }
  }));

test("who asks for settings that no engine has hears that one is loaded; once it is there nobody does", () =>
  withBench({}, async ({ chat, models }) => {
    const request = { input: { prompt: "Hello" }, sampling: GREEDY, maxTokens: 4 };
    const heard: ChatProgress[] = [];
    const prepare = (useMoe: boolean) =>
      chat.prepare({ ...request, useMoe }, never, (progress) => heard.push(progress));
    const usual = await textOf(await prepare(true));
    expect(heard).toEqual([]);
    expect(await textOf(await prepare(false))).toBe(usual);
    expect(heard).toEqual([{ stage: "loading" }]);
    expect(await textOf(await prepare(false))).toBe(usual);
    expect(heard).toHaveLength(1);
    // Two that come in the same moment wait for the same engine.
    const told = [0, 0];
    const { pool, topK } = models.runner!;
    const variant = { useMoe: true, topK: topK - 1 };
    const places = await Promise.all(told.map((_, i) => pool.reserve(variant, never, () => told[i]!++)));
    for (const place of places) place.end();
    expect(told).toEqual([1, 1]);
  }));

async function textOf(prepared: PreparedChat, onProgress?: (progress: ChatProgress) => void): Promise<string> {
  let text = "";
  for await (const event of prepared.run(never, onProgress)) if (event.type === "text") text += event.text;
  return text;
}
