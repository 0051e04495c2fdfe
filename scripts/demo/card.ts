/** `node scripts/demo/card.ts`: writes the figures of scores.json into the model card, between its marks. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { textOption, withDefault } from "../../src/cli/framework/option.ts";
import { defineScript, runScript } from "../support/script.ts";
import type { FolderScores } from "./scoreFolder.ts";

/** Experts named for each domain and layer: those that compute most. */
const NAMED = 2;

const script = defineScript({
  description: "Writes the figures of a model's scores.json into its model card (README.md), between its marks.",
  options: { folder: withDefault(textOption("Folder of the model.", "dir"), "data/demo") },
  run: ({ folder }) => writeFigures(folder),
});

process.exitCode = (await runScript("node scripts/demo/card.ts", script, process.argv.slice(2))).exit;

async function writeFigures(folder: string): Promise<void> {
  const path = join(folder, "README.md");
  const scores = JSON.parse(await readFile(join(folder, "scores.json"), "utf8")) as FolderScores;
  const megabytes = (await stat(join(folder, "model.safetensors"))).size / 1e6;
  let card = await readFile(path, "utf8");
  card = between(card, "scores", scoreTable(scores));
  card = between(card, "experts", expertTable(scores));
  await writeFile(path, between(card, "size", `${megabytes.toFixed(1)} MB`, ""));
}

function between(text: string, name: string, content: string, line = "\n"): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`model card: expected the marks ${start} and ${end}`);
  return text.slice(0, from + start.length) + line + content + line + text.slice(to);
}

function scoreTable({ domains, leastExpertShare, mostExpertShare }: FolderScores): string {
  const percent = (right: number, total: number): string => `${((100 * right) / total).toFixed(1)} %`;
  return [
    "| domain | right | of | share | declined by mistake |",
    "|---|---|---|---|---|",
    ...domains.map(
      ({ domain, right, total, wronglyDeclined }) =>
        `| ${domain} | ${right} | ${total} | ${percent(right, total)} | ${wronglyDeclined} |`,
    ),
    "",
    `The least used expert of any layer computes ${percent(leastExpertShare, 1)} of its layer's tokens on the held-out set, ` +
      `the most used one ${percent(mostExpertShare, 1)}.`,
  ].join("\n");
}

function expertTable({ expertShares }: FolderScores): string {
  const rows = Object.entries(expertShares).map(([domain, layers]) => {
    const cells = layers.map((shares) =>
      shares
        .map((share, expert) => ({ share, expert }))
        .sort((a, b) => b.share - a.share)
        .slice(0, NAMED)
        .map(({ share, expert }) => `${expert} (${Math.round(100 * share)} %)`)
        .join(", "),
    );
    return `| ${domain} | ${cells.join(" | ")} |`;
  });
  const layers = Object.values(expertShares)[0]?.length ?? 0;
  const heads = Array.from({ length: layers }, (_, layer) => `layer ${layer}`);
  return [`| domain | ${heads.join(" | ")} |`, `|---|${"---|".repeat(layers)}`, ...rows].join("\n");
}
