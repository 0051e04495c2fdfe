/**
 * What training never sees, chosen by the seed: two wordings of every project question, the last two of small talk, pairs
 * of numbers, and pairs of subjects of follow-up turns.
 */
import type { Random } from "../../support/random.ts";
import { type ArithmeticSplit, splitArithmetic } from "./arithmeticSplit.ts";
import { RELATIONS } from "./facts/index.ts";
import { fillTemplate } from "./facts/relation.ts";
import { framedWordings } from "./project/frames.ts";
import { PROJECT_QUESTIONS } from "./project/index.ts";
import type { ProjectQuestion } from "./project/question.ts";
import { MORE_WORDINGS } from "./project/wordings/index.ts";
import { SMALL_TALK } from "./smallTalk/smallTalk.ts";
import { type Exchange, normalised } from "./types.ts";

const HELD_OUT_PER_QUESTION = 2;
/** Of a hundred pairs of subjects this many are for the score only. */
const HELD_OUT_PAIRS_PERCENT = 10;

export interface Split {
  readonly questions: readonly ProjectQuestion[];
  readonly trainWordings: ReadonlyMap<string, readonly string[]>;
  readonly projectHeldOut: readonly { readonly question: ProjectQuestion; readonly wording: string }[];
  readonly smallTalk: readonly Exchange[];
  readonly smallTalkHeldOut: readonly Exchange[];
  /** Normalised. */
  readonly heldOutWordings: ReadonlySet<string>;
  /** Normalised questions that have an answer: never to be declined. */
  readonly knownQuestions: ReadonlySet<string>;
  readonly arithmetic: ArithmeticSplit;
  /** Whether a follow-up from one subject to another is held out. */
  isHeldOutPair(relation: string, first: string, second: string): boolean;
}

export function splitCorpus(random: Random): Split {
  const projectHeldOut: { question: ProjectQuestion; wording: string }[] = [];
  const trainWordings = new Map<string, string[]>();
  for (const question of PROJECT_QUESTIONS) {
    const shuffled = random.shuffle(question.ask);
    for (const wording of shuffled.slice(0, HELD_OUT_PER_QUESTION)) projectHeldOut.push({ question, wording });
    trainWordings.set(question.id, [...shuffled.slice(HELD_OUT_PER_QUESTION), ...(MORE_WORDINGS[question.id] ?? [])]);
  }
  const talk = SMALL_TALK.flatMap(({ answer, facts, ask }) =>
    ask.map((question, at) => ({
      exchange: { domain: "small-talk", question, answer, keyFacts: facts },
      isHeldOut: at >= ask.length - 2,
    })),
  );
  const smallTalkHeldOut = talk.filter(({ isHeldOut }) => isHeldOut).map(({ exchange }) => exchange);
  const heldOutWordings = new Set([
    ...projectHeldOut.map(({ wording }) => normalised(wording)),
    ...smallTalkHeldOut.map(({ question }) => normalised(question)),
    ...RELATIONS.flatMap(({ facts, heldOut }) =>
      facts.flatMap(({ subject }) => heldOut.map((template) => normalised(fillTemplate(template, subject)))),
    ),
  ]);
  for (const [id, wordings] of trainWordings) {
    // A further wording may happen to be one of those that are held out.
    trainWordings.set(
      id,
      wordings.filter((wording) => !heldOutWordings.has(normalised(wording))),
    );
  }
  const salt = random.below(2 ** 16);
  return {
    questions: PROJECT_QUESTIONS,
    trainWordings,
    projectHeldOut,
    smallTalk: talk.filter(({ isHeldOut }) => !isHeldOut).map(({ exchange }) => exchange),
    smallTalkHeldOut,
    heldOutWordings,
    knownQuestions: knownQuestions(),
    arithmetic: splitArithmetic(random),
    isHeldOutPair: (relation, first, second) =>
      textHash(`${salt} ${relation} ${first} ${second}`) % 100 < HELD_OUT_PAIRS_PERCENT,
  };
}

function knownQuestions(): Set<string> {
  const known = new Set<string>();
  for (const question of PROJECT_QUESTIONS) {
    for (const wording of [...question.ask, ...framedWordings(question), ...(MORE_WORDINGS[question.id] ?? [])])
      known.add(normalised(wording));
  }
  for (const { ask } of SMALL_TALK) for (const wording of ask) known.add(normalised(wording));
  for (const { facts, templates, heldOut } of RELATIONS) {
    for (const { subject } of facts) {
      for (const template of [...templates, ...heldOut]) known.add(normalised(fillTemplate(template, subject)));
    }
  }
  return known;
}

/** FNV-1a, 32 bits: enough to choose evenly. */
function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
