/**
 * `node scripts/demo/scoreFolder.ts`: scores a checkpoint on the held-out questions, prints each miss and
 * writes all of it into the folder's scores.json.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { textOption, withDefault } from "../../src/cli/framework/option.ts";
import { loadTokenizer, type Tokenizer } from "../../src/moe/text/tokenizer.ts";
import { readTokenizerFiles } from "../../src/moe/text/tokenizerFiles.ts";
import { defineScript, runScript, seedOption } from "../support/script.ts";
import { answerHeldOut } from "./answers.ts";
import { buildCorpus } from "./corpus/corpus.ts";
import type { HeldOutItem } from "./corpus/types.ts";
import { type DomainScore, scoreAnswers, scoreReport } from "./score.ts";

export interface FolderScores {
  readonly domains: readonly DomainScore[];
  /** Share of a layer's tokens, 0 to 1: the least and the most used expert of any layer. */
  readonly leastExpertShare: number;
  readonly mostExpertShare: number;
  /** By domain: [layer][expert] share of the layer's tokens. */
  readonly expertShares: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly misses: readonly {
    readonly domain: string;
    readonly asked: string;
    readonly expected: string;
    readonly got: string;
  }[];
}

export async function scoreFolder(
  folder: string,
  items: readonly HeldOutItem[],
  tokenizer: Tokenizer,
  signal?: AbortSignal,
): Promise<FolderScores> {
  const { answers, expertTokens } = await answerHeldOut(folder, tokenizer, items, signal);
  const scores = scoreAnswers(items, answers);
  console.log(scoreReport(scores));
  const shares = [...expertTokens].map(([domain, counts]) => [domain, counts.map(sharesOf)] as const);
  const all = sumOf([...expertTokens.values()]).flatMap(sharesOf);
  const report: FolderScores = {
    domains: scores.domains,
    leastExpertShare: Math.min(...all),
    mostExpertShare: Math.max(...all),
    expertShares: Object.fromEntries(shares),
    misses: scores.misses.map(({ item, answer }) => ({
      domain: item.domain,
      asked: item.messages.map(({ content }) => content).join(" / "),
      expected: item.expected,
      got: answer ?? "",
    })),
  };
  await writeFile(join(folder, "scores.json"), `${JSON.stringify(report, null, 1)}\n`);
  return report;
}

function sharesOf(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => Math.round((1e4 * count) / Math.max(total, 1)) / 1e4);
}

function sumOf(tables: readonly (readonly (readonly number[])[])[]): number[][] {
  const [first = []] = tables;
  return first.map((row, layer) =>
    row.map((_, expert) => tables.reduce((sum, table) => sum + (table[layer]?.[expert] ?? 0), 0)),
  );
}

const script = defineScript({
  description: "Scores a model on the held-out questions, prints each miss and writes all of it into its scores.json.",
  options: {
    folder: withDefault(textOption("Folder of the model.", "dir"), "data/demo"),
    seed: withDefault(seedOption, 1),
  },
  async run({ folder, seed }) {
    const tokenizer = loadTokenizer(await readTokenizerFiles(folder));
    await scoreFolder(folder, buildCorpus(seed, { conversations: 0 }).heldOut, tokenizer);
  },
});

if (import.meta.main) {
  process.exitCode = (await runScript("node scripts/demo/scoreFolder.ts", script, process.argv.slice(2))).exit;
}
