/** How people write the same thing: lower case, no punctuation, a polite word, a slip of the finger. Training only. */
import type { Random } from "../../support/random.ts";

export interface Variation {
  /** Letters may change case. Not where case matters: "Co" is cobalt. */
  readonly changesCase?: boolean;
  /** A letter of a long word may be wrong. */
  readonly misspells?: boolean;
}

const PREFIXES = [
  "Please, ",
  "Hi, ",
  "Hello, ",
  "Hey, ",
  "Can you tell me: ",
  "Tell me, ",
  "Excuse me, ",
  "Ok, ",
  "So, ",
  "And ",
  "I wonder, ",
  "Quick question: ",
];
/** Before a question word. */
const OPENINGS = [
  "Could you tell me ",
  "Do you know ",
  "I would like to know ",
  "I want to know ",
  "Please tell me ",
  "Can you say ",
  "Would you tell me ",
  "Tell me ",
];
const FILLERS = ["usually", "actually", "exactly", "really", "normally", "often", "just", "then", "now", "generally"];
const SUFFIXES = [" Please.", " please", ", please", " Thanks.", " Thank you."];

export function varied(
  text: string,
  random: Random,
  { changesCase = true, misspells = false }: Variation = {},
): string {
  let said = text;
  if (/^(What|Which|How|Who|Where|When|Why)\b/.test(said) && random.chance(0.12)) {
    said = random.pick(OPENINGS) + lowerFirst(said);
  }
  if (random.chance(0.05)) said = withFiller(said, random);
  if (random.chance(0.12)) said = random.pick(PREFIXES) + (changesCase ? lowerFirst(said) : said);
  if (random.chance(0.05)) said += random.pick(SUFFIXES);
  if (random.chance(0.25)) said = said.replace(/(?<=.)[?.!]+$/, "");
  if (misspells && random.chance(0.06)) said = misspelt(said, random);
  if (changesCase && random.chance(0.25)) said = said.toLowerCase();
  return said;
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z']* /.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** Two letters of a long word change places, or one is lost. */
function misspelt(text: string, random: Random): string {
  const words = [...text.matchAll(/[A-Za-z]{5,}/g)];
  const word = words[random.below(Math.max(1, words.length))];
  if (word === undefined) return text;
  const at = word.index + 1 + random.below(word[0].length - 3);
  const swapped = random.chance(0.5) ? `${text[at + 1]}${text[at]}` : `${text[at + 1]}`;
  return text.slice(0, at) + swapped + text.slice(at + 2);
}

/** A word that changes nothing, somewhere after the second word. */
function withFiller(text: string, random: Random): string {
  const words = text.split(" ");
  if (words.length < 4) return text;
  words.splice(random.between(2, words.length - 1), 0, random.pick(FILLERS));
  return words.join(" ");
}
