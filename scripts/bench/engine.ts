/**
 * The engine beside llama.cpp (node-llama-cpp) on the same weights, taking turns in one run, and its own costs: batches,
 * long contexts.
 *
 *   npm run bench -- engine [--shape small,olmoe-shape] [--precision f32,q8,q4] [--only load,speed,batch,context,abort]
 *                           [--rounds 2] [--threads 2] [--folder DIR] [--peer DIR] [--resume]
 *
 * `--folder` keeps the synthetic checkpoints (default: a folder in the system's temporary one).
 * `--peer` is a folder with node-llama-cpp in its node_modules; without it only our numbers appear.
 * `--resume` takes the parts that earlier runs have finished from `--folder` instead of measuring them again.
 */
import { existsSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchAbort } from "./engine/abort.ts";
import { benchBatch } from "./engine/batch.ts";
import { benchContext } from "./engine/context.ts";
import { FinishedParts } from "./engine/finishedParts.ts";
import { benchLoad } from "./engine/load.ts";
import { type BenchSetup, labelOf, type PrecisionName } from "./engine/setup.ts";
import { benchSpeed } from "./engine/speed.ts";
import type { BenchReport, BenchRow } from "./report.ts";
import { SYNTHETIC_SHAPES } from "./synthetic/shapes.ts";

const PEER_MAIN = "node_modules/node-llama-cpp/dist/index.js";
const PEER_VERSION = "3.22.1";

const PARTS: Readonly<Record<string, (setup: BenchSetup) => Promise<BenchRow[]>>> = {
  load: benchLoad,
  speed: benchSpeed,
  batch: benchBatch,
  context: benchContext,
  abort: benchAbort,
};

export async function run(args: string[]): Promise<BenchReport> {
  const { values } = parseArgs({
    args,
    options: {
      shape: { type: "string", default: "small" },
      precision: { type: "string", default: "f32,q8,q4" },
      only: { type: "string", default: Object.keys(PARTS).join() },
      rounds: { type: "string", default: "2" },
      threads: { type: "string", default: String(Math.min(2, availableParallelism())) },
      folder: { type: "string", default: join(tmpdir(), "ai-block-bench") },
      peer: { type: "string" },
      resume: { type: "boolean", default: false },
    },
  });
  const peerMain = values.peer === undefined ? undefined : join(values.peer, PEER_MAIN);
  if (peerMain !== undefined && !existsSync(peerMain)) throw new Error(`--peer: expected ${peerMain}`);
  const parts = values.only.split(",");
  const unknown = parts.find((part) => PARTS[part] === undefined);
  if (unknown !== undefined) throw new Error(`--only: expected ${Object.keys(PARTS).join(", ")}, got ${unknown}`);
  const finished = await FinishedParts.open(values.folder, values.resume);
  const rows: BenchRow[] = [];
  for (const name of values.shape.split(",")) {
    const shape = SYNTHETIC_SHAPES[name];
    if (shape === undefined)
      throw new Error(`--shape: expected ${Object.keys(SYNTHETIC_SHAPES).join(", ")}, got ${name}`);
    const large = name === "olmoe-shape";
    // In float32 the large one would have 28 GB.
    const precisions = large ? ["q4"] : values.precision.split(",");
    for (const precision of precisions as PrecisionName[]) {
      const setup: BenchSetup = {
        shape,
        precision,
        large,
        peerMain,
        folder: values.folder,
        threads: Number(values.threads),
        rounds: Number(values.rounds),
      };
      for (const part of parts) {
        const key = [labelOf(setup), part, peerMain === undefined ? "alone" : "beside the peer", setup.threads].join(
          " ",
        );
        rows.push(...(await finished.rowsOf(key, () => (PARTS[part] as (typeof PARTS)[string])(setup))));
      }
    }
  }
  return { rows, notes: peerMain === undefined ? [howToInstallPeer(values.folder)] : [] };
}

/** Installed beside the project: with the binaries for all kinds of machines it would be 700 MB, so it is none of ours. */
function howToInstallPeer(folder: string): string {
  const binary = `@node-llama-cpp/${process.platform === "win32" ? "win" : process.platform === "darwin" ? "mac" : "linux"}-${process.arch}`;
  const packages = `node-llama-cpp@${PEER_VERSION} ${binary}@${PEER_VERSION}`;
  return `no peer: npm install --prefix ${folder}/peer --ignore-scripts --omit=optional ${packages}, then --peer ${folder}/peer`;
}
