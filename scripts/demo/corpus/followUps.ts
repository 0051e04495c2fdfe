/** Turns that mean something only after the turn before: "and of Italy?", "and its young?", "and 3 more?", "why?". */
import type { Random } from "../../support/random.ts";
import { resultOf, type Sum, sumFollowUpQuestion } from "./arithmetic.ts";
import { type Drawn, type ExchangeDecks, type FactOfRelation, sumExchange } from "./exchanges.ts";
import { RELATIONS } from "./facts/index.ts";
import type { Split } from "./split.ts";
import type { Exchange } from "./types.ts";
import { varied } from "./variation.ts";

/** A follow-up to what was said last, or `undefined` when there is none. */
export function followUp(last: Drawn, split: Split, decks: ExchangeDecks, random: Random): Drawn | undefined {
  if (last.fact !== undefined) return factFollowUp(last.fact, split, decks, random);
  if (last.sum !== undefined) return sumFollowUp(last.sum, split, random);
  return last.project === undefined ? undefined : projectFollowUp(last, random);
}

function factFollowUp(last: FactOfRelation, split: Split, decks: ExchangeDecks, random: Random): Drawn | undefined {
  const crossing = crossings(last);
  if (crossing.length > 0 && random.chance(0.5)) {
    const next = random.pick(crossing);
    if (split.isHeldOutPair(next.relation.name, last.relation.name, next.fact.subject)) return undefined;
    return decks.fact(next, next.relation.same ?? []);
  }
  const { relation, fact } = last;
  const other = random.pick(relation.facts);
  if (other === fact || split.isHeldOutPair(relation.name, fact.subject, other.subject)) return undefined;
  return decks.fact({ relation, fact: other }, relation.another);
}

/** Other relations that know the same subject and can be asked with "it". */
export function crossings({ relation, fact }: FactOfRelation): FactOfRelation[] {
  return RELATIONS.filter(
    ({ name, kind, same }) => name !== relation.name && kind === relation.kind && same !== undefined,
  ).flatMap((other) => {
    const found = other.facts.find(({ subject }) => subject === fact.subject);
    return found === undefined ? [] : [{ relation: other, fact: found }];
  });
}

function sumFollowUp(last: Sum, split: Split, random: Random): Drawn | undefined {
  const next = nextSum(last, random);
  if (next === undefined || split.arithmetic.isHeldOut(next)) return undefined;
  const question = sumFollowUpQuestion(next.operation as "+" | "-", next.right, random);
  return { exchange: sumExchange(next, varied(question, random)), sum: next };
}

export function nextSum(last: Sum, random: Random): Sum | undefined {
  const left = resultOf(last);
  if (left > 100) return undefined;
  const operation = left < 100 && random.chance(0.6) ? "+" : "-";
  const most = Math.min(operation === "+" ? 100 - left : left, 20);
  return most < 1 ? undefined : { operation, left, right: random.between(1, most) };
}

function projectFollowUp({ project }: Drawn, random: Random): Drawn | undefined {
  if (project?.next === undefined) return undefined;
  const { ask, answer, facts } = random.pick(project.next);
  const exchange: Exchange = { domain: "project", question: varied(random.pick(ask), random), answer, keyFacts: facts };
  return { exchange };
}
