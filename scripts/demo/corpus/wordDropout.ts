/**
 * Training only: a question with some of its words missing, or said twice in other words. A model that has few texts learns
 * them by a single telling word; these make it listen to all of them, so that an unseen wording is understood by the rest.
 */
import type { Random } from "../../support/random.ts";
import { SMALL_WORDS } from "./rewording.ts";

/** From so many words on, two are dropped. */
const LONG_WORDS = 9;
/** So many words that are not small ones must stay: fewer would fit several questions. */
const LEAST_TELLING_WORDS = 3;

export function withoutSomeWords(text: string, random: Random): string {
  const words = text.split(" ");
  for (let count = words.length < LONG_WORDS ? 1 : 2; count > 0; count--) words.splice(random.below(words.length), 1);
  const telling = words.filter((word) => !SMALL_WORDS.has(word.toLowerCase().replace(/[?.,!]+$/, "")));
  return telling.length < LEAST_TELLING_WORDS ? text : words.join(" ");
}

/** Two wordings of one question, one after the other. */
export function saidTwice(first: string, second: string): string {
  return `${/[?.!]$/.test(first) ? first : `${first}.`} ${second}`;
}
