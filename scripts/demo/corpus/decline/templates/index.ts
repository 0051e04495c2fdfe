/**
 * Templates of questions that training declines: `{t}` topic, `{p}` person, `{l}` place, `{n}` place without a capital,
 * `{w}` odd word, `{a}` large number, `{s}` number of at most two digits.
 */
import { NUMBERS_TEMPLATES } from "./numbers.ts";
import { PEOPLE_TEMPLATES } from "./people.ts";
import { PLACES_TEMPLATES } from "./places.ts";
import { REQUESTS_TEMPLATES } from "./requests.ts";
import { THINGS_TEMPLATES } from "./things.ts";
import { UNKNOWN_WORDS_TEMPLATES } from "./unknownWords.ts";

export const DECLINE_TEMPLATES: readonly string[] = [
  ...NUMBERS_TEMPLATES,
  ...PEOPLE_TEMPLATES,
  ...PLACES_TEMPLATES,
  ...REQUESTS_TEMPLATES,
  ...THINGS_TEMPLATES,
  ...UNKNOWN_WORDS_TEMPLATES,
];
