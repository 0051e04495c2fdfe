/** The questions of the score: nothing here occurs in training. */
import type { Random } from "../../support/random.ts";
import { SUM_TEMPLATES, type Sum, sumFollowUpQuestion, sumQuestion } from "./arithmetic.ts";
import { DECLINE_ANSWER, DECLINE_KEY_FACTS, heldOutDeclined } from "./decline/decline.ts";
import { sumExchange } from "./exchanges.ts";
import { RELATIONS } from "./facts/index.ts";
import { FACT_DOMAINS, fillTemplate } from "./facts/relation.ts";
import { crossings, nextSum } from "./followUps.ts";
import type { Split } from "./split.ts";
import { type Exchange, type HeldOutItem, type Message, normalised } from "./types.ts";

const FACTS_PER_DOMAIN = 75;
const SUMS_PER_KIND = 200;
const PAIRS_PER_RELATION = 8;

export function heldOutItems(split: Split, random: Random): HeldOutItem[] {
  const items = [
    ...split.projectHeldOut.map(({ question: { answer, facts }, wording }) =>
      item("project", [], { domain: "project", question: wording, answer, keyFacts: facts }),
    ),
    ...split.smallTalkHeldOut.map((exchange) => item("small-talk", [], exchange)),
    ...heldOutDeclined(random)
      .filter((question) => !split.knownQuestions.has(normalised(question)))
      .map((question) =>
        item("decline", [], { domain: "decline", question, answer: DECLINE_ANSWER, keyFacts: DECLINE_KEY_FACTS }),
      ),
    ...factItems(random),
    ...arithmeticItems(split, random),
    ...followUpItems(split, random),
  ];
  return items.map((each, at) => ({ ...each, id: `${each.domain} ${at}` }));
}

function item(domain: string, before: readonly Exchange[], exchange: Exchange): HeldOutItem {
  const turns = before.flatMap(({ question, answer }): Message[] => [
    { role: "user", content: question },
    { role: "assistant", content: answer },
  ]);
  const messages: Message[] = [...turns, { role: "user", content: exchange.question }];
  return { id: "", domain, messages, expected: exchange.answer, keyFacts: exchange.keyFacts };
}

/** Facts that training has, in templates that it does not have. */
function factItems(random: Random): HeldOutItem[] {
  return FACT_DOMAINS.flatMap((domain) => {
    const asked = RELATIONS.filter((relation) => relation.domain === domain).flatMap(({ facts, heldOut }) =>
      facts.flatMap((fact) => heldOut.map((template) => ({ fact, template }))),
    );
    const chosen = random.shuffle(asked).slice(0, FACTS_PER_DOMAIN);
    return chosen.map(({ fact: { subject, answer, keyFacts }, template }) =>
      item(domain, [], { domain, question: fillTemplate(template, subject), answer, keyFacts }),
    );
  });
}

function arithmeticItems({ arithmetic }: Split, random: Random): HeldOutItem[] {
  const ask = (domain: string, sum: Sum): HeldOutItem =>
    item(domain, [], sumExchange(sum, sumQuestion(random.pick(SUM_TEMPLATES[sum.operation]), sum)));
  const some = (sums: readonly Sum[]): Sum[] => random.shuffle(sums).slice(0, SUMS_PER_KIND);
  return [
    ...some(arithmetic.heldOut.sums).map((sum) => ask("unseen sums", sum)),
    ...some(arithmetic.heldOut.differences).map((sum) => ask("unseen differences", sum)),
    ...some(arithmetic.heldOut.largeSums).map((sum) => ask("unseen sums above 100", sum)),
    ...arithmetic.heldOut.products.map((sum) => ask("unseen products", sum)),
    ...arithmetic.train.products.map((sum) => ask("multiplication table", sum)),
  ];
}

function followUpItems(split: Split, random: Random): HeldOutItem[] {
  const items: HeldOutItem[] = [];
  for (const relation of RELATIONS) {
    const pairs = relation.facts.flatMap((first) =>
      relation.facts
        .filter(
          ({ subject }) => first.subject !== subject && split.isHeldOutPair(relation.name, first.subject, subject),
        )
        .map((second) => ({ first, second })),
    );
    for (const { first, second } of random.shuffle(pairs).slice(0, PAIRS_PER_RELATION)) {
      const before = {
        domain: relation.domain,
        question: fillTemplate(random.pick(relation.templates), first.subject),
        ...first,
      };
      const question = fillTemplate(random.pick(relation.another), second.subject);
      items.push(item("follow-up", [before], { ...second, domain: relation.domain, question }));
    }
    const crossed = relation.facts
      .flatMap((fact) => crossings({ relation, fact }).map((next) => ({ fact, next })))
      .filter(({ next }) => split.isHeldOutPair(next.relation.name, relation.name, next.fact.subject));
    for (const { fact, next } of random.shuffle(crossed).slice(0, PAIRS_PER_RELATION)) {
      const before = {
        domain: relation.domain,
        question: fillTemplate(random.pick(relation.templates), fact.subject),
        ...fact,
      };
      const question = fillTemplate(random.pick(next.relation.same ?? []), fact.subject);
      items.push(item("follow-up", [before], { ...next.fact, domain: relation.domain, question }));
    }
  }
  return [...items, ...projectFollowUps(split, random), ...sumFollowUps(split, random)];
}

/** After a wording that training never had. */
function projectFollowUps(split: Split, random: Random): HeldOutItem[] {
  return split.projectHeldOut.flatMap(({ question, wording }) =>
    (question.next ?? []).map(({ ask, answer, facts }) => {
      const before = { domain: "project", question: wording, answer: question.answer, keyFacts: question.facts };
      return item("follow-up", [before], { domain: "project", question: random.pick(ask), answer, keyFacts: facts });
    }),
  );
}

/** From a held-out sum on to another held-out pair. */
function sumFollowUps(split: Split, random: Random): HeldOutItem[] {
  const items: HeldOutItem[] = [];
  for (const sum of random.shuffle(split.arithmetic.heldOut.sums)) {
    const next = nextSum(sum, random);
    if (next === undefined || !split.arithmetic.isHeldOut(next)) continue;
    const before = sumExchange(sum, sumQuestion(random.pick(SUM_TEMPLATES["+"]), sum));
    const question = sumFollowUpQuestion(next.operation as "+" | "-", next.right, random);
    items.push(item("follow-up", [before], sumExchange(next, question)));
  }
  return items;
}
