import { withTinyNode } from "./wholeNode.ts";

const MAX_WAITING = 400;

test("prompts that come in the same moment wait for the tokenizer, as many as chat.maxWaiting says; more are told to come back", () =>
  withTinyNode(
    async (node) => {
      const { chat } = node.services;
      const asked = Array.from({ length: MAX_WAITING + 50 }, () => chat.prepare({ input: { prompt: "Hello" } }));
      const outcomes = await Promise.allSettled(asked);
      const prepared = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      const refused = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
      for (const one of prepared) one.release();
      expect(prepared.length).toBe(MAX_WAITING);
      expect(refused.length).toBe(50);
      for (const reason of refused) {
        expect(reason).toMatchObject({ code: "overloaded", data: { retryAfterMs: expect.any(Number) } });
      }
      const again = await chat.prepare({ input: { prompt: "Hello" } });
      again.release();
    },
    { chatMaxWaiting: String(MAX_WAITING) },
  ));
