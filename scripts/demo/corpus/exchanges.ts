/** Training exchanges of each domain, drawn evenly over what there is to know. */
import type { Random } from "../../support/random.ts";
import { resultOf, SUM_TEMPLATES, type Sum, sumAnswer, sumQuestion } from "./arithmetic.ts";
import { Deck, pickWeighted } from "./deck.ts";
import { DECLINE_ANSWER, DECLINE_KEY_FACTS, declinedQuestion } from "./decline/decline.ts";
import { RELATIONS } from "./facts/index.ts";
import { type Fact, fillTemplate, type Relation } from "./facts/relation.ts";
import { framedWordings } from "./project/frames.ts";
import type { ProjectQuestion } from "./project/question.ts";
import { reworded } from "./rewording.ts";
import type { Split } from "./split.ts";
import { type Exchange, normalised } from "./types.ts";
import { varied } from "./variation.ts";
import { saidTwice, withoutSomeWords } from "./wordDropout.ts";

/** Share of questions, of the project and of what is declined, that lose words, and that are said in two ways at once. */
const DROPOUT_SHARE = 0.25;
const TWICE_SHARE = 0.08;

export interface FactOfRelation {
  readonly relation: Relation;
  readonly fact: Fact;
}

/** An exchange with what its follow-up may refer to. */
export interface Drawn {
  readonly exchange: Exchange;
  readonly project?: ProjectQuestion;
  readonly fact?: FactOfRelation;
  readonly sum?: Sum;
}

export type DrawDomain = "project" | "facts" | "sums" | "decline" | "smallTalk";

export class ExchangeDecks {
  readonly #random: Random;
  readonly #split: Split;
  readonly #questions: Deck<ProjectQuestion>;
  readonly #framed: ReadonlyMap<string, readonly string[]>;
  readonly #facts: Deck<FactOfRelation>;
  readonly #sums: readonly (readonly [deck: Deck<Sum>, share: number])[];
  readonly #smallTalk: Deck<Exchange>;

  constructor(split: Split, random: Random) {
    this.#random = random;
    this.#split = split;
    this.#questions = new Deck(split.questions, random);
    this.#framed = new Map(
      split.questions.map((question) => [
        question.id,
        framedWordings(question).filter((wording) => !split.heldOutWordings.has(normalised(wording))),
      ]),
    );
    const facts = RELATIONS.flatMap((relation) =>
      Array.from({ length: timesOf(relation) }, () => relation.facts.map((fact) => ({ relation, fact }))).flat(),
    );
    this.#facts = new Deck(facts, random);
    const { sums, largeSums, differences, products } = split.arithmetic.train;
    this.#sums = [
      [new Deck(sums, random), 0.24],
      [new Deck(largeSums, random), 0.12],
      [new Deck(differences, random), 0.34],
      [new Deck(products, random), 0.3],
    ];
    this.#smallTalk = new Deck(split.smallTalk, random);
  }

  draw(domain: DrawDomain): Drawn {
    if (domain === "project") return this.project();
    if (domain === "facts") return this.fact(this.#facts.draw());
    if (domain === "sums") return this.sum();
    return { exchange: domain === "decline" ? this.decline() : this.smallTalk() };
  }

  project(question: ProjectQuestion = this.#questions.draw()): Drawn {
    const framed = this.#framed.get(question.id) ?? [];
    const written = this.#split.trainWordings.get(question.id) ?? [];
    const wording = this.#random.pick(framed.length > 0 && this.#random.chance(0.25) ? framed : written);
    const other = varied(reworded(wording, this.#random), this.#random, { misspells: true });
    const said = this.#unheld(
      this.#loosened(other, () => this.#random.pick(written)),
      wording,
    );
    return {
      exchange: { domain: "project", question: said, answer: question.answer, keyFacts: question.facts },
      project: question,
    };
  }

  fact(chosen: FactOfRelation, templates: readonly string[] = chosen.relation.templates): Drawn {
    const { relation, fact } = chosen;
    const wording = fillTemplate(this.#random.pick(templates), fact.subject);
    const said = varied(wording, this.#random, { changesCase: relation.kind !== "symbol" });
    return {
      exchange: {
        domain: relation.domain,
        question: this.#unheld(said, wording),
        answer: fact.answer,
        keyFacts: fact.keyFacts,
      },
      fact: chosen,
    };
  }

  sum(): Drawn {
    const sum = pickWeighted(this.#sums, this.#random).draw();
    const wording = sumQuestion(this.#random.pick(SUM_TEMPLATES[sum.operation]), sum);
    return { exchange: sumExchange(sum, varied(wording, this.#random)), sum };
  }

  decline(): Exchange {
    const other = varied(this.#unknown(), this.#random, { misspells: true });
    const loosened = this.#loosened(other, () => this.#unknown());
    const question = this.#split.knownQuestions.has(normalised(loosened)) ? other : loosened;
    return { domain: "decline", question, answer: DECLINE_ANSWER, keyFacts: DECLINE_KEY_FACTS };
  }

  /** A question without an answer: templates may happen to make one that has one. */
  #unknown(): string {
    for (;;) {
      const wording = declinedQuestion(this.#random);
      if (!this.#split.knownQuestions.has(normalised(wording))) return wording;
    }
  }

  smallTalk(): Exchange {
    const exchange = this.#smallTalk.draw();
    const said = this.#random.chance(0.3) ? exchange.question.toLowerCase() : exchange.question;
    return { ...exchange, question: this.#random.chance(0.3) ? said.replace(/[?.!]+$/, "") : said };
  }

  /** The same question with words missing, or with another wording of it behind. */
  #loosened(said: string, another: () => string): string {
    if (this.#random.chance(TWICE_SHARE)) return saidTwice(said, another());
    return this.#random.chance(DROPOUT_SHARE) ? withoutSomeWords(said, this.#random) : said;
  }

  /** A variation may happen to be a held-out wording; then the plain one is said. */
  #unheld(said: string, wording: string): string {
    return this.#split.heldOutWordings.has(normalised(said)) ? wording : said;
  }
}

/** Relations of few subjects come up more often than their size: each wording needs its own practice. */
function timesOf({ facts, domain }: Relation): number {
  if (domain === "calendar") return 4;
  return facts.length < 60 ? 2 : 1;
}

export function sumExchange(sum: Sum, question: string): Exchange {
  const { answer, keyFacts } = { answer: sumAnswer(sum), keyFacts: [`answer is ${resultOf(sum)}`] };
  return { domain: "sums", question, answer, keyFacts };
}
