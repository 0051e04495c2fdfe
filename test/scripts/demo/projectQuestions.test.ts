import { framedWordings } from "../../../scripts/demo/corpus/project/frames.ts";
import { PROJECT_QUESTIONS } from "../../../scripts/demo/corpus/project/index.ts";
import { MORE_WORDINGS } from "../../../scripts/demo/corpus/project/wordings/index.ts";
import { normalised } from "../../../scripts/demo/corpus/types.ts";
import { isRight } from "../../../scripts/demo/score.ts";

test("at least 120 questions have at least eight wordings each, and no wording belongs to two", () => {
  expect(PROJECT_QUESTIONS.length).toBeGreaterThanOrEqual(120);
  const doubles: string[] = [];
  const owner = new Map<string, string>();
  for (const question of PROJECT_QUESTIONS) {
    const more = MORE_WORDINGS[question.id] ?? [];
    const wordings = new Set([...question.ask, ...framedWordings(question), ...more].map(normalised));
    expect(more.length).toBeGreaterThanOrEqual(20);
    expect(new Set(question.ask.map(normalised)).size).toBe(question.ask.length);
    expect(question.ask.length).toBeGreaterThanOrEqual(8);
    for (const wording of wordings) {
      const other = owner.get(wording);
      if (other !== undefined) doubles.push(`${wording}: ${other} and ${question.id}`);
      owner.set(wording, question.id);
    }
  }
  expect(doubles).toEqual([]);
});

test("ids are distinct, further wordings belong to a question, and answers are short", () => {
  const ids = new Set(PROJECT_QUESTIONS.map(({ id }) => id));
  expect(Object.keys(MORE_WORDINGS).filter((id) => !ids.has(id))).toEqual([]);
  expect(new Set(PROJECT_QUESTIONS.map(({ id }) => id)).size).toBe(PROJECT_QUESTIONS.length);
  for (const { answer, next = [] } of PROJECT_QUESTIONS) {
    for (const text of [answer, ...next.map((follow) => follow.answer)]) {
      expect(text.split(/\s+/).length).toBeLessThanOrEqual(35);
      expect(text).toMatch(/[.!]$/);
    }
  }
});

test("an answer says its own key facts, and no question takes another's answer for right", () => {
  const item = (question: (typeof PROJECT_QUESTIONS)[number]) => ({
    id: question.id,
    domain: "project",
    messages: [],
    // Never equal to an answer: the key facts alone decide.
    expected: "",
    keyFacts: question.facts,
  });
  const silent = PROJECT_QUESTIONS.filter((question) => !isRight(item(question), question.answer));
  expect(silent).toEqual([]);
  const taken = PROJECT_QUESTIONS.flatMap((question) =>
    PROJECT_QUESTIONS.filter(({ answer }) => answer !== question.answer && isRight(item(question), answer)).map(
      ({ id }) => `${question.id} takes ${id}`,
    ),
  );
  expect(taken).toEqual([]);
});
