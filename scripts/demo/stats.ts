/** `node scripts/demo/stats.ts`: prints what the corpus of a seed amounts to. */
import { integerOption, withDefault } from "../../src/cli/framework/option.ts";
import { loadTokenizer } from "../../src/moe/text/tokenizer.ts";
import { defineScript, runScript, seedOption } from "../support/script.ts";
import { buildCorpus } from "./corpus/corpus.ts";
import { encodeConversations } from "./encode.ts";
import { demoTokenizerFiles } from "./tokenizer.ts";

const script = defineScript({
  description: "Prints how much text the demo model's corpus is: conversations, tokens, held-out questions.",
  options: {
    conversations: withDefault(integerOption("Conversations to learn from.", 1, 100_000_000), 150_000),
    seed: withDefault(seedOption, 1),
  },
  run: ({ seed, conversations }) => printStats(seed, conversations),
});

process.exitCode = (await runScript("node scripts/demo/stats.ts", script, process.argv.slice(2))).exit;

async function printStats(seed: number, conversations: number): Promise<void> {
  const corpus = buildCorpus(seed, { conversations });
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
        turns: corpus.train.reduce(
          (sum, { messages }) => sum + messages.filter(({ role }) => role === "user").length,
          0,
        ),
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
}
