import { buildCorpus } from "../../../scripts/demo/corpus/corpus.ts";
import { encodeConversation } from "../../../scripts/demo/encode.ts";
import { DEMO_CONTEXT, demoTokenizerFiles } from "../../../scripts/demo/tokenizer.ts";
import { loadTokenizer } from "../../../src/moe/text/tokenizer.ts";

const corpus = buildCorpus(3, { conversations: 1500 });
const files = await demoTokenizerFiles(corpus.train, { vocabSize: 1024 });
const tokenizer = loadTokenizer(files);
const decode = (ids: readonly number[]): string => tokenizer.decode(ids, { skipSpecialTokens: false });

test("the chat template has one token for each role and one for the end of a turn", () => {
  const messages = [
    { role: "system", content: "S" },
    { role: "user", content: "U" },
    { role: "assistant", content: "A" },
  ];
  expect(tokenizer.renderChat(messages, { addGenerationPrompt: false })).toBe(
    "<|system|>S<|end|><|user|>U<|end|><|assistant|>A<|end|>",
  );
  expect(tokenizer.renderChat(messages.slice(1, 2))).toBe("<|user|>U<|end|><|assistant|>");
  for (const token of ["<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<|pad|>"]) {
    expect(tokenizer.encode(token, { addSpecialTokens: false })).toHaveLength(1);
  }
  expect(tokenizer.eosIds).toEqual([tokenizer.idOf("<|end|>")]);
});

test("a role that the template does not know is refused", () => {
  expect(() => tokenizer.renderChat([{ role: "tool", content: "x" }])).toThrow(/system, user and assistant/);
});

test("what is learnt is the assistant's words and the end of each answer, nothing else", () => {
  for (const conversation of corpus.train.slice(0, 300)) {
    const { tokens, targets } = encodeConversation(conversation, tokenizer);
    expect(targets).toHaveLength(tokens.length);
    const learnt = decode(tokens.filter((_, at) => targets[at]));
    const answers = conversation.messages.filter(({ role }) => role === "assistant");
    expect(learnt).toBe(answers.map(({ content }) => `${content}<|end|>`).join(""));
  }
});

test("a question of the score and the beginning of a training conversation have the same ids", () => {
  const [question, answer] = [
    { role: "user", content: "Hello" } as const,
    { role: "assistant", content: "Hi." } as const,
  ];
  const prompt = tokenizer.encodeChat([question]);
  expect(encodeConversation({ messages: [question, answer] }, tokenizer).tokens.slice(0, prompt.length)).toEqual(
    prompt,
  );
});

test("every digit is a token of its own", () => {
  expect(tokenizer.encode("1024", { addSpecialTokens: false })).toHaveLength(4);
});

test("every conversation and every held-out question fits into the context", () => {
  for (const { messages } of [...corpus.train, ...corpus.heldOut]) {
    expect(encodeConversation({ messages }, tokenizer).tokens.length).toBeLessThan(DEMO_CONTEXT - 128);
  }
});

test("the same conversations give the same tokenizer", async () => {
  expect(await demoTokenizerFiles(corpus.train, { vocabSize: 1024 })).toEqual(files);
});
