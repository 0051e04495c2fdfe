/** Questions that the demo model declines, and its answer to them. */
import type { Random } from "../../../support/random.ts";
import { RELATIONS } from "../facts/index.ts";
import {
  HELD_OUT_DECLINE_SENTENCES,
  HELD_OUT_DECLINE_TEMPLATES,
  HELD_OUT_NOWHERE,
  HELD_OUT_ODD_WORDS,
  HELD_OUT_PEOPLE,
  HELD_OUT_PLACES,
  HELD_OUT_TOPICS,
} from "./heldOut.ts";
import { ODD_WORDS } from "./oddWords.ts";
import { PEOPLE } from "./people.ts";
import { NOWHERE, PLACES } from "./places.ts";
import { DECLINE_SENTENCES } from "./sentences/index.ts";
import { DECLINE_TEMPLATES } from "./templates/index.ts";
import { TOPICS } from "./topics/index.ts";

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

/** Share of whole sentences; the rest is templates. */
const SENTENCE_SHARE = 0.45;

export function declinedQuestion(random: Random): string {
  if (random.chance(SENTENCE_SHARE)) return random.pick(DECLINE_SENTENCES);
  return filled(random.pick(DECLINE_TEMPLATES), TRAIN_WORDS, random);
}

/** So many templates of training are asked about a held-out topic. */
const HELD_OUT_KNOWN_TEMPLATES = 80;

/** Topics and sentences that training never has: every sentence, and each held-out topic in old and new templates. */
export function heldOutDeclined(random: Random): string[] {
  const questions = [...HELD_OUT_DECLINE_SENTENCES];
  for (let round = 0; round < 3; round++) {
    for (const template of HELD_OUT_DECLINE_TEMPLATES) questions.push(filled(template, HELD_OUT_WORDS, random));
  }
  const known = DECLINE_TEMPLATES.filter((template) => !/\{[as]\}/.test(template));
  for (const template of random.shuffle(known).slice(0, HELD_OUT_KNOWN_TEMPLATES))
    questions.push(filled(template, HELD_OUT_WORDS, random));
  return [...new Set(questions)];
}

const SYLLABLES =
  "ba be bo da del dor fa fen ga gor ka kel la lo lum ma mi mor na nel no pa per qua ra rin ro sa sel so ta tir tu va ven vo wa wil xa zo zu".split(
    " ",
  );
const ENDINGS = ["", "", "n", "s", "r", "ia", "land", "stan", "on", "um", "th", "x"];
/** Shares of invented words and of words that other domains know, where a name or a word is asked for. */
const INVENTED_SHARE = 0.25;
const FOREIGN_SHARE = 0.3;

/** A word that nobody knows. */
function inventedWord(random: Random): string {
  const syllables = Array.from({ length: random.between(2, 3) }, () => random.pick(SYLLABLES));
  const word = syllables.join("") + random.pick(ENDINGS);
  return random.chance(0.7) ? word.charAt(0).toUpperCase() + word.slice(1) : word;
}

/** Subjects of all facts: "the capital of iron" has no answer. What has one is sorted out by the caller. */
const FOREIGN_WORDS = RELATIONS.flatMap(({ facts }) => facts.map(({ subject }) => subject)).filter(
  (subject) => subject.length > 2 && !subject.includes("|"),
);

/** Sometimes another word than one of the lists, so that what is not known is declined, whatever it is. */
function trainWord(kind: string, random: Random): string | undefined {
  if ("nw".includes(kind) && random.chance(FOREIGN_SHARE)) return random.pick(FOREIGN_WORDS);
  const invented = "nw".includes(kind) ? INVENTED_SHARE : INVENTED_SHARE / 3;
  return "nwtp".includes(kind) && random.chance(invented) ? inventedWord(random) : undefined;
}

function filled(template: string, words: Readonly<Record<string, readonly string[]>>, random: Random): string {
  return template.replaceAll(/\{(\w)\}/g, (_, kind: string) => {
    const choices = words[kind];
    const other = words === TRAIN_WORDS ? trainWord(kind, random) : undefined;
    if (other !== undefined) return other;
    if (choices !== undefined) return random.pick(choices);
    return String(kind === "s" ? random.between(2, 99) : random.between(101, 9999));
  });
}
