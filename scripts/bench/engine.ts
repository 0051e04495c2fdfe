/**
 * The engine beside llama.cpp (node-llama-cpp) on the same weights, taking turns in one run, and its own costs: batches,
 * long contexts.
 *
 *   npm run bench -- engine [--shape small,olmoe-shape] [--precision f32,q8,q4] [--part peer,batch,context]
 *                           [--rounds 3] [--threads 2] [--folder DIR] [--peer DIR]
 *
 * `--folder` keeps the synthetic checkpoints (default: a folder in the system's temporary one).
 * `--peer` is a folder with node-llama-cpp in its node_modules; without it only our numbers appear.
 */
import { existsSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchBatch } from "./engine/batch.ts";
import { benchContext } from "./engine/context.ts";
import { benchPeer } from "./engine/peer.ts";
import type { BenchSetup, PrecisionName } from "./engine/setup.ts";
import type { BenchReport, BenchRow } from "./report.ts";
import { SYNTHETIC_SHAPES } from "./synthetic/shapes.ts";

const PEER_MAIN = "node_modules/node-llama-cpp/dist/index.js";
const PEER_VERSION = "3.22.1";

export async function run(args: string[]): Promise<BenchReport> {
  const { values } = parseArgs({
    args,
    options: {
      shape: { type: "string", default: "small" },
      precision: { type: "string", default: "f32,q8,q4" },
      part: { type: "string", default: "peer,batch,context" },
      rounds: { type: "string", default: "3" },
      threads: { type: "string", default: String(Math.min(2, availableParallelism())) },
      folder: { type: "string", default: join(tmpdir(), "ai-block-bench") },
      peer: { type: "string" },
    },
  });
  const peerMain = values.peer === undefined ? undefined : join(values.peer, PEER_MAIN);
  if (peerMain !== undefined && !existsSync(peerMain)) throw new Error(`--peer: expected ${peerMain}`);
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
      const parts = values.part.split(",");
      if (parts.includes("peer")) rows.push(...(await benchPeer(setup)));
      if (parts.includes("batch")) rows.push(...(await benchBatch(setup)));
      if (parts.includes("context")) rows.push(...(await benchContext(setup)));
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
