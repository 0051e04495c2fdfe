/** What the corpus consists of: conversations to train on, and questions to be scored by. */

export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface Conversation {
  readonly messages: readonly Message[];
}

/** A question and its answer. */
export interface Exchange {
  readonly domain: string;
  readonly question: string;
  readonly answer: string;
  readonly keyFacts: readonly string[];
}

export interface HeldOutItem {
  readonly id: string;
  /** What the score is told for; see `score.ts`. */
  readonly domain: string;
  /** Ends with the question. */
  readonly messages: readonly Message[];
  readonly expected: string;
  /** What a right answer must say, as a whole word or phrase; `|` separates alternatives. */
  readonly keyFacts: readonly string[];
}

/** Two texts are the same wording when this is equal: case, punctuation and spacing do not count. */
export function normalised(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}+*×/_.-]+/gu, " ")
    .replaceAll(/[.](?=\s|$)|^[\s.]+/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}
