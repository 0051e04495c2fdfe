import { buildCorpus } from "../../../scripts/demo/corpus/corpus.ts";
import { DECLINE_ANSWER } from "../../../scripts/demo/corpus/decline/decline.ts";
import { FACT_DOMAINS } from "../../../scripts/demo/corpus/facts/relation.ts";
import { normalised } from "../../../scripts/demo/corpus/types.ts";
import { isRight } from "../../../scripts/demo/score.ts";
import { statedPairs } from "./statedPairs.ts";

const corpus = buildCorpus(7, { conversations: 15_000 });
const answersByFirstQuestion = new Map<string, Set<string>>();
for (const { messages } of corpus.train) {
  const [question, answer] = messages.filter(({ role }) => role !== "system");
  const key = normalised(question?.content ?? "");
  const answers = answersByFirstQuestion.get(key) ?? new Set();
  answersByFirstQuestion.set(key, answers.add(answer?.content ?? ""));
}
const trainQuestions = new Set(
  corpus.train.flatMap(({ messages }) =>
    messages.filter(({ role }) => role === "user").map(({ content }) => normalised(content)),
  ),
);

test("no held-out wording occurs in training", () => {
  const single = corpus.heldOut.filter(
    ({ messages, domain }) => messages.length === 1 && domain !== "multiplication table",
  );
  const seen = single
    .map(({ messages }) => messages[0]?.content ?? "")
    .filter((text) => trainQuestions.has(normalised(text)));
  expect(seen).toEqual([]);
});

test("no held-out pair of numbers occurs in a training answer", () => {
  const seen = corpus.train
    .flatMap(({ messages }) => messages.filter(({ role }) => role === "assistant"))
    .flatMap(({ content }) => statedPairs(content))
    .filter((sum) => corpus.split.arithmetic.isHeldOut(sum));
  expect(seen).toEqual([]);
});

test("no follow-up of the held-out set occurs in training after the same answer", () => {
  const contexts = new Set<string>();
  for (const { messages } of corpus.train) {
    for (let at = 2; at < messages.length; at++) {
      if (messages[at]?.role === "assistant") contexts.add(`${messages[at - 2]?.content} / ${messages[at]?.content}`);
    }
  }
  const facts = corpus.heldOut.filter(({ domain, messages }) => domain === "follow-up" && messages.length === 3);
  const relational = facts.filter(({ expected }) => !/The answer is/.test(expected));
  const projectAnswers = new Set(corpus.split.questions.flatMap(({ next = [] }) => next.map(({ answer }) => answer)));
  const pairs = relational.filter(({ expected }) => !projectAnswers.has(expected));
  expect(pairs.length).toBeGreaterThan(100);
  expect(pairs.filter(({ messages, expected }) => contexts.has(`${messages[1]?.content} / ${expected}`))).toEqual([]);
});

test("one question has one answer", () => {
  const contradictions = [...answersByFirstQuestion].filter(([, answers]) => answers.size > 1);
  expect(contradictions).toEqual([]);
});

test("a question that has an answer is never declined in training", () => {
  const declined = [...answersByFirstQuestion].filter(([, answers]) => answers.has(DECLINE_ANSWER)).map(([key]) => key);
  expect(declined.length).toBeGreaterThan(1000);
  expect(declined.filter((key) => corpus.split.knownQuestions.has(key))).toEqual([]);
});

test("the held-out set has two wordings of every project question, 100 declined questions, and every domain", () => {
  const count = (domain: string) => corpus.heldOut.filter((item) => item.domain === domain).length;
  expect(count("project")).toBe(2 * corpus.split.questions.length);
  expect(count("decline")).toBeGreaterThanOrEqual(100);
  for (const domain of FACT_DOMAINS) expect(count(domain)).toBeGreaterThanOrEqual(60);
  for (const domain of ["unseen sums", "unseen differences", "follow-up"])
    expect(count(domain)).toBeGreaterThanOrEqual(150);
  expect(new Set(corpus.heldOut.map(({ id }) => id)).size).toBe(corpus.heldOut.length);
});

test("every expected answer is right by its key facts", () => {
  for (const item of corpus.heldOut) expect(isRight({ ...item, messages: [] }, item.expected)).toBe(true);
});

test("no template leaves a gap, and every conversation alternates and ends with an answer", () => {
  for (const { messages } of corpus.train) {
    const turns = messages[0]?.role === "system" ? messages.slice(1) : messages;
    expect(turns.length % 2).toBe(0);
    turns.forEach(({ role, content }, at) => {
      if (role !== (at % 2 === 0 ? "user" : "assistant")) throw new Error(`turn ${at} is by ${role}`);
      if (content === "" || /\{\w*\}|undefined|NaN/.test(content)) throw new Error(`a gap in "${content}"`);
    });
  }
});

test("the same seed gives the same corpus; a longer one begins with the shorter one; another seed another one", () => {
  const short = buildCorpus(7, { conversations: 500 });
  expect(short.train).toEqual(corpus.train.slice(0, 500));
  expect(short.heldOut).toEqual(corpus.heldOut);
  expect(buildCorpus(8, { conversations: 500 }).train).not.toEqual(short.train);
});
