/**
 * Other ways to say a question about the project, made by rule from one that was written: another opening, a word of the
 * same meaning, or the bare key words. Training only, so that unseen wordings are not far from what was learnt.
 */
import type { Random } from "../../support/random.ts";

/** Openings that ask for the same: one stands for another of its row. */
const OPENINGS: readonly (readonly string[])[] = [
  ["How do I ", "How can I ", "How would I ", "How do you ", "How does one ", "How to ", "What do I do to "],
  ["What is ", "What's ", "Tell me what is ", "Do you know what is ", "Can you say what is ", "Explain what is "],
  ["What are ", "Tell me what are ", "Explain what are ", "Do you know what are "],
  ["Which ", "What ", "Tell me which "],
  ["Can I ", "Is it possible to ", "May I ", "Could I ", "Am I able to ", "Am I allowed to "],
  ["Why is ", "For what reason is ", "How come "],
  ["Where is ", "Where can I find ", "Where do I find ", "Tell me where is "],
  ["Do I need ", "Do I have to have ", "Is it necessary to have ", "Must I have "],
  ["What happens ", "What takes place ", "Tell me what happens ", "What goes on "],
  ["Does it ", "Will it ", "Can it "],
];

/** Words of nearly the same meaning in this corpus. */
const SYNONYMS: readonly (readonly string[])[] = [
  ["goal", "aim", "purpose", "point"],
  ["made", "created", "built", "produced"],
  ["hold", "contain", "carry", "have"],
  ["holds", "contains", "carries", "has"],
  ["show", "list", "display", "print"],
  ["shows", "lists", "displays", "prints"],
  ["need", "require"],
  ["computed", "calculated", "worked out"],
  ["find", "see", "look up"],
  ["change", "set", "alter"],
  ["kept", "stored", "saved"],
  ["store", "keep", "save"],
  ["checked", "verified", "tested"],
  ["check", "verify", "test"],
  ["large", "big"],
  ["tiny", "small"],
  ["fast", "quick"],
  ["safe", "secure"],
  ["delete", "remove", "erase"],
  ["machine", "computer"],
  ["begin", "start"],
  ["stop", "end", "halt"],
  ["get", "receive", "obtain"],
  ["choose", "pick", "select"],
  ["chosen", "picked", "selected"],
  ["decides", "determines"],
  ["prevented", "avoided", "stopped"],
  ["allowed", "permitted"],
  ["send", "submit"],
  ["makes", "creates"],
  ["publish", "upload"],
  ["better", "improved"],
  ["paid", "rewarded"],
  ["folder", "directory"],
  ["browser", "web browser"],
  ["limit", "maximum", "bound"],
  ["happens", "goes on"],
  ["kind", "sort", "type"],
  ["people", "users", "others"],
];

/** Small words that key-word queries leave out. */
const SMALL_WORDS = new Set(
  "a an the of do does is are in on to for it that this my i me you your be can how what which there and or with".split(
    " ",
  ),
);

const OPENING_CHANCE = 0.3;
const SYNONYM_CHANCE = 0.3;
const KEY_WORDS_CHANCE = 0.07;
const DROP_CHANCE = 0.08;

export function reworded(text: string, random: Random): string {
  let said = text;
  if (random.chance(OPENING_CHANCE)) said = withOtherOpening(said, random);
  if (random.chance(SYNONYM_CHANCE)) said = withSynonym(said, random);
  if (random.chance(KEY_WORDS_CHANCE)) return keyWords(said);
  return random.chance(DROP_CHANCE) ? withoutOneWord(said, random) : said;
}

function withOtherOpening(text: string, random: Random): string {
  for (const row of OPENINGS) {
    const opening = row.find((one) => text.startsWith(one));
    if (opening !== undefined) return random.pick(row) + text.slice(opening.length);
  }
  return text;
}

function withSynonym(text: string, random: Random): string {
  const words = text.split(" ");
  const places = words.flatMap((word, at) => {
    const row = SYNONYMS.find((one) => one.includes(word.replace(/[?.,!]+$/, "")));
    return row === undefined ? [] : [{ at, row }];
  });
  if (places.length === 0) return text;
  const { at, row } = random.pick(places);
  const end = /[?.,!]*$/.exec(words[at] as string)?.[0] ?? "";
  words[at] = random.pick(row) + end;
  return words.join(" ");
}

function keyWords(text: string): string {
  const words = text.replace(/[?.!]+$/, "").split(" ");
  const kept = words.filter((word) => !SMALL_WORDS.has(word.toLowerCase().replace(/,$/, "")));
  return kept.length < 2 ? text : kept.join(" ");
}

function withoutOneWord(text: string, random: Random): string {
  const words = text.split(" ");
  const small = words.flatMap((word, at) => (at > 0 && SMALL_WORDS.has(word) ? [at] : []));
  if (small.length === 0) return text;
  const dropped = random.pick(small);
  return words.filter((_, at) => at !== dropped).join(" ");
}
