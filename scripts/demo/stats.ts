/** Prints what the corpus of a seed amounts to: `node scripts/demo/stats.ts [seed] [conversations]`. */
import { loadTokenizer } from "../../src/moe/text/tokenizer.ts";
import { buildCorpus } from "./corpus/corpus.ts";
import { encodeConversations } from "./encode.ts";
import { demoTokenizerFiles } from "./tokenizer.ts";

const [seed = 1, conversations] = process.argv.slice(2).map(Number);
const corpus = buildCorpus(seed, conversations === undefined ? {} : { conversations });
const tokenizer = loadTokenizer(await demoTokenizerFiles(corpus.train));
const documents = encodeConversations(corpus.train, tokenizer);
const lengths = documents.map(({ tokens }) => tokens.length);
const total = lengths.reduce((sum, length) => sum + length, 0);
const learnt = documents.reduce((sum, { targets }) => sum + targets.filter(Boolean).length, 0);
const heldOut = Map.groupBy(corpus.heldOut, ({ domain }) => domain);
console.log(
  JSON.stringify(
    {
      seed,
      conversations: documents.length,
      turns: corpus.train.reduce((sum, { messages }) => sum + messages.filter(({ role }) => role === "user").length, 0),
      tokens: total,
      learntTokens: learnt,
      longest: lengths.reduce((most, length) => Math.max(most, length), 0),
      questions: corpus.split.questions.length,
      heldOut: Object.fromEntries([...heldOut].map(([domain, items]) => [domain, items.length])),
    },
    null,
    2,
  ),
);
