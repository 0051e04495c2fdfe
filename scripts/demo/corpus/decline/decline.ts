/** Questions that the demo model declines, and its answer to them. */
import type { Random } from "../../../support/random.ts";
import {
  DECLINE_SENTENCES,
  DECLINE_TEMPLATES,
  HELD_OUT_DECLINE_SENTENCES,
  HELD_OUT_DECLINE_TEMPLATES,
} from "./templates.ts";
import {
  HELD_OUT_NOWHERE,
  HELD_OUT_ODD_WORDS,
  HELD_OUT_PEOPLE,
  HELD_OUT_PLACES,
  HELD_OUT_TOPICS,
  NOWHERE,
  ODD_WORDS,
  PEOPLE,
  PLACES,
  TOPICS,
} from "./topics.ts";

export const DECLINE_ANSWER = "I am a tiny model; I don't know that.";
export const DECLINE_KEY_FACTS = ["don't know"];

const TRAIN_WORDS = { t: TOPICS, p: PEOPLE, l: PLACES, n: NOWHERE, w: ODD_WORDS };
const HELD_OUT_WORDS = {
  t: HELD_OUT_TOPICS,
  p: HELD_OUT_PEOPLE,
  l: HELD_OUT_PLACES,
  n: HELD_OUT_NOWHERE,
  w: HELD_OUT_ODD_WORDS,
};

export function declinedQuestion(random: Random): string {
  if (random.chance(0.3)) return random.pick(DECLINE_SENTENCES);
  return filled(random.pick(DECLINE_TEMPLATES), TRAIN_WORDS, random);
}

/** Topics and sentences that training never has: every sentence, and each held-out topic in old and new templates. */
export function heldOutDeclined(random: Random): string[] {
  const questions = [...HELD_OUT_DECLINE_SENTENCES];
  for (let round = 0; round < 3; round++) {
    for (const template of HELD_OUT_DECLINE_TEMPLATES) questions.push(filled(template, HELD_OUT_WORDS, random));
  }
  const known = DECLINE_TEMPLATES.filter((template) => !template.includes("{a}"));
  for (const template of known) questions.push(filled(template, HELD_OUT_WORDS, random));
  return [...new Set(questions)];
}

function filled(template: string, words: Readonly<Record<string, readonly string[]>>, random: Random): string {
  return template.replaceAll(/\{(\w)\}/g, (_, kind: string) => {
    const choices = words[kind];
    return choices === undefined ? String(random.between(101, 9999)) : random.pick(choices);
  });
}
