import { errorCode } from "../../../src/core/errors.ts";
import type { TextQueueOptions } from "../../../src/moe/text/textQueue.ts";
import { openTextWorker, type TextWorker } from "../../../src/moe/text/textWorker.ts";
import { loadTokenizer } from "../../../src/moe/text/tokenizer.ts";
import { goldFiles, goldReference, goldTokenizerJson } from "./fixtures.ts";

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return errorCode(error) ?? `not ours: ${String(error)}`;
  }
}

async function withWorker(
  others: Readonly<Record<string, string>>,
  options: TextQueueOptions,
  body: (worker: TextWorker) => Promise<void>,
): Promise<void> {
  const worker = await openTextWorker(new Map([...goldFiles("mixtral"), ...Object.entries(others)]), options);
  try {
    await body(worker);
  } finally {
    await worker.close();
  }
}

const user = [{ role: "user", content: "Hello there" }];

test("in a thread a tokenizer gives the same ids, texts and errors", async () => {
  const here = loadTokenizer(goldFiles("mixtral"));
  await withWorker({}, {}, async (worker) => {
    expect([worker.bosId, worker.eosIds, worker.chatTemplateNames]).toEqual([here.bosId, here.eosIds, ["default"]]);
    const { cases, chats } = goldReference("mixtral");
    await Promise.all(
      cases.map(async ({ text, ids, ids_no_special, decoded, decoded_skip_special }) => {
        expect([...(await worker.encode(text))]).toEqual(ids);
        expect([...(await worker.encode(text, { addSpecialTokens: false }))]).toEqual(ids_no_special);
        expect(worker.decoder.decode(ids)).toBe(decoded);
        expect(worker.decoder.decode(ids, { skipSpecialTokens: true })).toBe(decoded_skip_special);
      }),
    );
    for (const { messages, add_generation_prompt, rendered, ids, raises } of chats) {
      const options = { addGenerationPrompt: add_generation_prompt };
      if (raises !== undefined) {
        const error = await worker.encodeChat(messages, options).catch((thrown) => thrown);
        expect([error.code, error.data.reason]).toEqual(["chat_template_raised", raises]);
        continue;
      }
      expect(await worker.renderChat(messages, options)).toBe(rendered);
      expect([...(await worker.encodeChat(messages, options))]).toEqual(ids);
    }
  });
});

test("a pattern that never ends costs the call that met it, not the process, and the next call works", async () => {
  const slow = { type: "Split", pattern: { Regex: "^(?:a|a)*$" }, behavior: "Isolated", invert: false };
  const pre = (goldTokenizerJson("mixtral").pre_tokenizer as { type: string }) ?? slow;
  const json = { ...goldTokenizerJson("mixtral"), pre_tokenizer: { type: "Sequence", pretokenizers: [slow, pre] } };
  await withWorker({ "tokenizer.json": JSON.stringify(json) }, { maxCallMs: 6000 }, async (worker) => {
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    const hung = codeOf(worker.encode(`${"a".repeat(100)}!`));
    const after = worker.encode("abc", { addSpecialTokens: false });
    expect(await hung).toBe("text_timeout");
    clearInterval(timer);
    expect(turns).toBeGreaterThan(50);
    expect(worker.decoder.decode(await after)).toBe("abc");
  });
});

test("a template that takes all memory ends with a code, and the process lives", async () => {
  // Distinct long texts in a loop: every one is within the limits, together they are not.
  const template =
    "{% set ns = namespace(l=[]) %}{% for i in range(60000) %}{% set ns.l = ns.l + [(i ~ big)|upper] %}{% endfor %}";
  await withWorker({ "chat_template.jinja": template }, { maxHeapMiB: 64, maxCallMs: 60_000 }, async (worker) => {
    const code = await codeOf(worker.renderChat(user, { variables: { big: "x".repeat(1_000_000) } }));
    expect(["text_memory", "chat_template_limit"]).toContain(code);
    expect((await worker.encode("ok")).length).toBeGreaterThan(0);
  });
});

test("an aborted call ends with the signal's reason, whether it runs or waits, and the others go on", async () => {
  const template = "{% for a in range(600) %}{% for b in range(600) %}x{% endfor %}{% endfor %}";
  await withWorker({ "chat_template.jinja": template }, {}, async (worker) => {
    const running = new AbortController();
    const waiting = new AbortController();
    const first = worker.renderChat(user, { signal: running.signal }).catch((error) => error);
    const second = worker.encode("a", { signal: waiting.signal }).catch((error) => error);
    const third = worker.encode("b");
    waiting.abort(new Error("second"));
    running.abort(new Error("first"));
    expect((await first).message).toBe("first");
    expect((await second).message).toBe("second");
    expect((await third).length).toBe(2);
    const late = worker.encode("a", { signal: AbortSignal.abort(new Error("late")) });
    await expect(late).rejects.toThrow("late");
  });
});

test("closing fails what runs and what waits, may be called twice, and leaves nothing behind", async () => {
  const worker = await openTextWorker(goldFiles("mixtral"));
  const calls = [codeOf(worker.encode("a".repeat(2_000_000))), codeOf(worker.encode("b"))];
  await Promise.all([worker.close(), worker.close()]);
  expect(await Promise.all(calls)).toEqual(["text_closed", "text_closed"]);
  expect(await codeOf(worker.encode("c"))).toBe("text_closed");
});

test("more waiting calls than allowed are refused", async () => {
  await withWorker({}, { maxWaiting: 3 }, async (worker) => {
    const codes = await Promise.all(Array.from({ length: 10 }, () => codeOf(worker.encode("a"))));
    expect(codes.filter((code) => code === "text_busy")).toHaveLength(6);
    expect(codes.filter((code) => code === undefined)).toHaveLength(4);
  });
});

test("files that are no tokenizer and values that cannot be sent have their codes", async () => {
  expect(await codeOf(openTextWorker(new Map()))).toBe("tokenizer_missing");
  expect(await codeOf(openTextWorker(new Map([["tokenizer.json", "{}"]])))).toBe("tokenizer_invalid");
  await withWorker({}, {}, async (worker) => {
    expect(await codeOf(worker.renderChat(user, { variables: { f: () => 1 } }))).toBe("messages_invalid");
    expect(await codeOf(worker.encode(5 as never))).toBe("text_invalid");
    expect((await worker.encode("still here")).length).toBeGreaterThan(1);
  });
});
