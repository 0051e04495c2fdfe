/**
 * `npm run bench -- engine`: the engine beside llama.cpp (node-llama-cpp) on the same weights, taking turns in one run, and
 * its own costs: batches, long contexts, memory.
 */
import { existsSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { integerOption, switchOption, textOption, withDefault } from "../../src/cli/framework/option.ts";
import { usageError } from "../../src/cli/framework/usageError.ts";
import { excerpt } from "../../src/core/bytes.ts";
import { PRECISIONS } from "../../src/moe/engine/options.ts";
import { choicesOption, defineScript } from "../support/script.ts";
import { benchAbort } from "./engine/abort.ts";
import { benchBatch } from "./engine/batch.ts";
import { benchBudget } from "./engine/budget.ts";
import { benchContext } from "./engine/context.ts";
import { FinishedParts } from "./engine/finishedParts.ts";
import { benchLoad } from "./engine/load.ts";
import { type BenchSetup, labelOf } from "./engine/setup.ts";
import { benchSpeed } from "./engine/speed.ts";
import type { BenchReport, BenchRow } from "./report.ts";
import { SYNTHETIC_SHAPES, type SyntheticShape } from "./synthetic/shapes.ts";

const PEER_MAIN = "node_modules/node-llama-cpp/dist/index.js";
const PEER_VERSION = "3.22.1";

const PART_RUNS = {
  load: benchLoad,
  speed: benchSpeed,
  batch: benchBatch,
  context: benchContext,
  abort: benchAbort,
  budget: benchBudget,
} satisfies Readonly<Record<string, (setup: BenchSetup) => Promise<BenchRow[]>>>;
const PARTS = Object.keys(PART_RUNS) as (keyof typeof PART_RUNS)[];
const SHAPES = Object.keys(SYNTHETIC_SHAPES);

export const script = defineScript({
  description:
    "Measures the engine on synthetic checkpoints, beside llama.cpp (node-llama-cpp) on the same weights where it is " +
    "installed, both taking turns in one run: loading, prompts and answers, batches, long contexts, how fast an " +
    "aborted generation ends, and what a bound on the experts' memory bounds.",
  options: {
    shape: choicesOption("Synthetic models, by their size.", "shapes", SHAPES, ["small"]),
    precision: choicesOption("How weights are held.", "precisions", PRECISIONS),
    only: choicesOption("Parts to run.", "parts", PARTS),
    rounds: withDefault(integerOption("Rounds, of which each number is the median.", 1, 1000), 2),
    threads: withDefault(
      integerOption("Computing threads of either engine.", 1, 64),
      Math.min(2, availableParallelism()),
    ),
    folder: withDefault(
      textOption("Where the synthetic checkpoints are kept.", "dir"),
      join(tmpdir(), "ai-block-bench"),
    ),
    peer: textOption("Folder with node-llama-cpp in its node_modules. Default: only our numbers appear.", "dir"),
    resume: switchOption(
      "Takes the parts that earlier runs have finished from --folder instead of measuring them again.",
    ),
  },
  async run({ peer, resume, ...options }): Promise<BenchReport> {
    const { folder, threads, rounds } = options;
    const peerMain = peer === undefined ? undefined : join(peer, PEER_MAIN);
    if (peerMain !== undefined && !existsSync(peerMain)) {
      throw usageError(`--peer: expected a folder with ${PEER_MAIN}, got ${excerpt(peer)}`);
    }
    const finished = await FinishedParts.open(folder, resume);
    const rows: BenchRow[] = [];
    for (const name of options.shape) {
      const shape = SYNTHETIC_SHAPES[name] as SyntheticShape;
      const large = name === "olmoe-shape";
      // In float32 the large one would have 28 GB.
      const precisions = large ? (["q4"] as const) : options.precision;
      for (const precision of precisions) {
        const setup: BenchSetup = { shape, precision, large, peerMain, folder, threads, rounds };
        for (const part of options.only) {
          const beside = peerMain === undefined ? "alone" : "beside the peer";
          const key = [labelOf(setup), part, beside, threads].join(" ");
          rows.push(...(await finished.rowsOf(key, () => PART_RUNS[part](setup))));
        }
      }
    }
    return { rows, notes: peerMain === undefined ? [howToInstallPeer(folder)] : [] };
  },
});

/** Installed beside the project: with the binaries for all kinds of machines it would be 700 MB, so it is none of ours. */
function howToInstallPeer(folder: string): string {
  const binary = `@node-llama-cpp/${process.platform === "win32" ? "win" : process.platform === "darwin" ? "mac" : "linux"}-${process.arch}`;
  const packages = `node-llama-cpp@${PEER_VERSION} ${binary}@${PEER_VERSION}`;
  return `no peer: npm install --prefix ${folder}/peer --ignore-scripts --omit=optional ${packages}, then --peer ${folder}/peer`;
}
