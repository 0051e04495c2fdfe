/**
 * Other ways to say a question about the project, made by rule from one that was written: another opening, a word of the
 * same meaning, or the bare key words. Training only, so that unseen wordings are not far from what was learnt.
 */
import type { Random } from "../../support/random.ts";

/** Openings that ask for the same: one stands for another of its row. The longest that fits counts. */
const OPENINGS: readonly (readonly string[])[] = [
  ["How do I ", "How can I ", "How would I ", "How do you ", "How does one ", "How to ", "What do I do to "],
  ["What is ", "What's ", "Tell me what is ", "Do you know what is ", "Can you say what is ", "Explain what is "],
  ["What are ", "Tell me what are ", "Explain what are ", "Do you know what are "],
  ["Which ", "Tell me which ", "Do you know which ", "Can you say which "],
  ["Can I ", "Is it possible to ", "May I ", "Could I ", "Am I able to ", "Am I allowed to "],
  ["Why is ", "For what reason is ", "How come "],
  ["Where is ", "Where can I find ", "Where do I find ", "Tell me where is "],
  ["Do I need ", "Do I have to have ", "Is it necessary to have ", "Must I have "],
  ["What happens ", "What takes place ", "Tell me what happens ", "What goes on "],
  ["Does it ", "Will it ", "Can it "],
  ["Do I need to ", "Must I ", "Do I have to ", "Is it necessary to ", "Should I "],
  ["Are there ", "Does one find ", "Do we have "],
  ["Is there ", "Does it have ", "Do we have ", "Do you have "],
  ["Why do ", "For what reason do ", "How come "],
  ["Why does ", "For what reason does ", "What is the reason why "],
  ["Why are ", "For what reason are ", "How come "],
  ["When is ", "At what time is ", "At which moment is ", "Tell me when is "],
  ["When does ", "At which moment does ", "Tell me when does "],
  ["Where are ", "Where can I find ", "Where do I find ", "Tell me where are "],
  ["Where do I ", "Where can I ", "At which place do I ", "Where would I "],
  ["Who is ", "Tell me who is ", "Who exactly is ", "Do you know who is "],
  ["Who can ", "Who may ", "Who is able to ", "Tell me who can "],
  ["How does ", "In what way does ", "Tell me how does ", "Explain how does ", "By what means does "],
  ["How is ", "In what way is ", "By what means is ", "Tell me how is "],
  ["How are ", "In what way are ", "By what means are ", "Tell me how are "],
  ["How many ", "What number of ", "Tell me how many ", "Do you know how many "],
  ["How much ", "What amount of ", "Tell me how much ", "Do you know how much "],
  ["What does ", "Tell me what does ", "Do you know what does ", "Explain what does "],
  ["What do ", "Tell me what do ", "Do you know what do "],
  ["What can ", "Tell me what can ", "What could "],
  [
    "I want to ",
    "I would like to ",
    "I'd like to ",
    "I need to ",
    "I wish to ",
    "I am trying to ",
    "I'm looking for a way to ",
  ],
  ["Show me ", "Tell me ", "Let me see ", "Can you show me ", "Please show me ", "Give me "],
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
  ["explain", "describe", "make clear"],
  ["meaning", "sense"],
  ["means", "signifies", "stands for"],
  ["meant", "intended"],
  ["give", "name", "provide"],
  ["gives", "provides", "delivers"],
  ["use", "apply", "work with"],
  ["used", "applied"],
  ["uses", "employs", "works with"],
  ["run", "execute"],
  ["runs", "executes"],
  ["work", "function"],
  ["works", "functions"],
  ["close", "shut"],
  ["launch", "boot"],
  ["enable", "activate"],
  ["disable", "deactivate"],
  ["damaged", "broken", "corrupt"],
  ["wrong", "incorrect", "bad"],
  ["reason", "cause"],
  ["different", "unlike"],
  ["difference", "distinction"],
  ["same", "identical", "equal"],
  ["example", "sample"],
  ["highest", "largest", "greatest", "biggest"],
  ["lowest", "smallest", "least"],
  ["often", "frequently", "many times"],
  ["always", "at all times"],
  ["first", "initial"],
  ["last", "final", "latest"],
  ["newest", "most recent"],
  ["new", "fresh"],
  ["old", "former", "previous"],
  ["other", "another", "further"],
  ["several", "multiple"],
  ["many", "numerous", "lots of"],
  ["few", "a handful of"],
  ["part", "piece", "portion"],
  ["whole", "entire", "complete"],
  ["picture", "image", "view"],
  ["page", "web page"],
  ["site", "website"],
  ["answer", "reply", "response"],
  ["answers", "replies", "responses"],
  ["question", "query"],
  ["chat", "conversation", "talk"],
  ["chats", "conversations", "talks"],
  ["private", "confidential"],
  ["protected", "guarded", "secured"],
  ["protect", "guard"],
  ["believe", "trust"],
  ["error", "failure", "fault"],
  ["errors", "failures", "faults"],
  ["problem", "trouble", "issue"],
  ["fix", "solve", "mend"],
  ["fails", "goes wrong", "breaks"],
  ["failed", "went wrong"],
  ["lost", "gone", "missing"],
  ["lose", "misplace"],
  ["happen", "occur", "take place"],
  ["changed", "altered", "modified"],
  ["changes", "modifies"],
  ["improve", "enhance"],
  ["quicker", "faster"],
  ["slow", "sluggish"],
  ["speed", "pace"],
  ["connect", "link up"],
  ["connected", "linked"],
  ["join", "enter"],
  ["reach", "contact"],
  ["shared", "given out"],
  ["share", "pass on"],
  ["loaded", "read in"],
  ["needed", "required", "necessary"],
  ["must", "have to"],
  ["possible", "feasible"],
  ["help", "assist", "support"],
  ["helps", "assists"],
  ["learn", "find out"],
  ["understand", "grasp"],
  ["begins", "starts"],
  ["ends", "stops", "finishes"],
  ["keeps", "stores", "saves"],
  ["hide", "conceal"],
  ["amount", "quantity"],
  ["place", "spot", "location"],
  ["folders", "directories"],
  ["program", "software", "tool"],
  ["programs", "tools", "applications"],
  ["command", "instruction"],
  ["terminal", "shell", "console"],
  ["developer", "programmer"],
  ["owner", "holder"],
  ["creator", "maker"],
  ["everyone", "everybody", "all people"],
  ["anyone", "anybody"],
  ["somebody", "someone"],
  ["nobody", "no one"],
  ["phone", "mobile"],
  ["documentation", "docs", "manual"],
  ["rule", "regulation"],
  ["rules", "regulations"],
  ["reject", "refuse", "turn down"],
  ["rejected", "refused", "turned down"],
  ["accept", "take"],
  ["accepted", "taken"],
  ["compare", "contrast"],
  ["includes", "comprises"],
  ["job", "duty"],
];

/** Small words that key-word queries leave out. */
export const SMALL_WORDS: ReadonlySet<string> = new Set(
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
  const fitting = OPENINGS.flatMap((row) =>
    row.filter((one) => text.startsWith(one)).map((opening) => ({ row, opening })),
  );
  const [longest] = fitting.toSorted((one, other) => other.opening.length - one.opening.length);
  return longest === undefined ? text : random.pick(longest.row) + text.slice(longest.opening.length);
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
