/**
 * The corpus of the demo model: conversations to train on, and held-out questions to score it by. Everything in it was
 * written for this project. The same seed gives the same corpus.
 *
 * A conversation holds one to six groups of turns. A group is a question of one domain, sometimes with a follow-up that
 * needs it. So the model learns to answer at any turn, whatever was said before.
 */
import { Random } from "../../support/random.ts";
import { pickWeighted } from "./deck.ts";
import { type DrawDomain, type Drawn, ExchangeDecks } from "./exchanges.ts";
import { followUp } from "./followUps.ts";
import { heldOutItems } from "./heldOut.ts";
import { type Split, splitCorpus } from "./split.ts";
import type { Conversation, HeldOutItem, Message } from "./types.ts";

export interface CorpusOptions {
  /** Default 150,000: about nine million tokens. */
  readonly conversations?: number;
}

export interface Corpus {
  readonly train: readonly Conversation[];
  readonly heldOut: readonly HeldOutItem[];
  readonly split: Split;
}

/** Share of each domain among the groups. */
const MIXTURE: readonly (readonly [domain: DrawDomain, share: number])[] = [
  ["project", 0.38],
  ["facts", 0.23],
  ["sums", 0.17],
  ["decline", 0.16],
  ["smallTalk", 0.06],
];
/** Chance of one more group, and of a follow-up in a group. */
const MORE = 0.42;
const FOLLOW_UP: Readonly<Record<DrawDomain, number>> = {
  project: 0.3,
  facts: 0.3,
  sums: 0.12,
  decline: 0,
  smallTalk: 0,
};
const MAX_GROUPS = 6;
const SYSTEM_SHARE = 0.06;
const SYSTEM_PROMPTS = [
  "You are a helpful assistant.",
  "You are AI-Block's assistant.",
  "Answer briefly.",
  "You are a friendly assistant. Answer the user's questions.",
  "Be polite and short.",
  "You are a chat bot.",
  "Answer truthfully. Say when you do not know something.",
];

export function buildCorpus(seed: number, { conversations = 150_000 }: CorpusOptions = {}): Corpus {
  const random = new Random(seed);
  const split = splitCorpus(random);
  const heldOut = heldOutItems(split, random);
  const decks = new ExchangeDecks(split, random);
  const train = Array.from({ length: conversations }, () => conversation(split, decks, random));
  return { train, heldOut, split };
}

function conversation(split: Split, decks: ExchangeDecks, random: Random): Conversation {
  const messages: Message[] = [];
  if (random.chance(SYSTEM_SHARE)) messages.push({ role: "system", content: random.pick(SYSTEM_PROMPTS) });
  let before: Drawn | undefined;
  for (let group = 0; group < MAX_GROUPS && (group === 0 || random.chance(MORE)); group++) {
    const domain = pickWeighted(MIXTURE, random);
    let last: Drawn | undefined = decks.draw(domain);
    while (isHeldOutAfter(before, last, split)) last = decks.draw(domain);
    while (last !== undefined) {
      messages.push({ role: "user", content: last.exchange.question });
      messages.push({ role: "assistant", content: last.exchange.answer });
      before = last;
      last = random.chance(FOLLOW_UP[domain]) ? followUp(last, split, decks, random) : undefined;
    }
  }
  return { messages };
}

/** Two questions in a row may happen to be a pair of subjects that follow-ups hold out. */
function isHeldOutAfter(before: Drawn | undefined, { fact }: Drawn, split: Split): boolean {
  const first = before?.fact;
  if (first === undefined || fact === undefined) return false;
  return first.relation === fact.relation
    ? split.isHeldOutPair(fact.relation.name, first.fact.subject, fact.fact.subject)
    : split.isHeldOutPair(fact.relation.name, first.relation.name, fact.fact.subject);
}
