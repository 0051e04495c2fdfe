import fc from "fast-check";
import { ChatChunks } from "../../src/api/openai/chatChunks.ts";
import { chatChunk, chunkChoice } from "../../src/api/openai/chatResponse.ts";

const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom('"choices":[]', "</s>\u2028\n", '{"usage":null}'));
const headOf = (model: string) => ({ id: "chatcmpl-1", created: 1, model, fingerprint: "fp_0" });

test("chunks are what the whole object would be as JSON, whatever the model is called and the answer says", () => {
  fc.assert(
    fc.property(text, text, fc.boolean(), (model, content, asksUsage) => {
      const chunks = new ChatChunks(headOf(model), asksUsage);
      const whole = (delta: object, reason: string | null): string =>
        `data: ${JSON.stringify(chatChunk(headOf(model), [chunkChoice(delta, reason)], asksUsage ? null : undefined))}\n\n`;
      expect(chunks.content(content)).toBe(whole({ content }, null));
      expect(chunks.choice({}, "stop")).toBe(whole({}, "stop"));
      expect(chunks.usage({ total_tokens: 3 })).toBe(
        `data: ${JSON.stringify(chatChunk(headOf(model), [], { total_tokens: 3 }))}\n\n`,
      );
    }),
    { numRuns: 500 },
  );
});
