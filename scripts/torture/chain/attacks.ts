/** The parts that offer bad or contradicting blocks to a chain, with the figures that each must keep to. */

import {
  MAX_ORPHAN_BYTES,
  MAX_ORPHANS,
  MAX_ORPHANS_PER_PEER,
  MAX_PARENTS,
  MAX_PENDING_BY_UNKNOWN_AUTHORS,
} from "../../../src/chain/limits.ts";
import { decodeManifest } from "../../../src/chain/model/manifest.ts";
import { errorCode } from "../../../src/core/errors.ts";
import { liveBytes, usedBytes } from "../../support/memory.ts";
import { Random } from "../../support/random.ts";
import { spamHeaders } from "./headerSpam.ts";
import { addLongChain, addWideLayers, withHugeDag } from "./hugeDag.ts";
import { manifestBombs } from "./manifestBombs.ts";
import { sendMutatedHeaders } from "./mutatedHeaders.ts";
import { checkOrderOfArrival } from "./orderOfArrival.ts";
import { floodWithOrphans } from "./orphanFlood.ts";
import { broken, type Part } from "./part.ts";
import { runRaces } from "./races.ts";

const MIB = 2 ** 20;
const inMib = (bytes: number) => `${(bytes / MIB).toFixed(1)} MiB`;

export const ATTACKS: readonly Part[] = [
  {
    name: "mutatedHeaders",
    unit: "headers",
    cycles: 1_000_000,
    async run(cycles, seed) {
      const { problems, heapGrowthBytes, verdicts, perHeaderMs } = await sendMutatedHeaders(cycles, seed);
      return {
        figures: `${perHeaderMs.toFixed(3)} ms a header, ${verdicts.size} verdicts, memory grew by ${inMib(heapGrowthBytes)}`,
        problems: [...problems, ...broken({ "memory grows by less than 64 MiB": heapGrowthBytes < 64 * MIB })],
      };
    },
  },
  {
    name: "headerSpam",
    unit: "headers",
    cycles: 1_000_000,
    async run(cycles) {
      const report = await spamHeaders({ headers: cycles, keys: Math.max(1, Math.ceil(cycles / 100)) });
      const { accepted, overQuota, diskGrowthBytes, expired, expiredEarly, rowsLeft, rowsLost } = report;
      return {
        figures: `${accepted} stored, ${overQuota} over quota, disk grew by ${inMib(diskGrowthBytes)}, ${expired} expired`,
        problems: broken({
          "all are stored or over quota": accepted + overQuota === cycles,
          "no more are stored than the quota": accepted <= MAX_PENDING_BY_UNKNOWN_AUTHORS,
          "the disk grows by less than 64 MiB": diskGrowthBytes < 64 * MIB,
          "a known author is heard": report.knownAuthorAccepted,
          "the head stays": report.headUnchanged,
          // With them the candidate of the known author.
          "all expire after a day, none before": expiredEarly === 0 && expired === accepted + 1,
          "nothing is left of them and nothing else goes": rowsLeft === 0 && rowsLost === 0,
        }),
      };
    },
  },
  {
    name: "orphanFlood",
    unit: "orphans of one peer",
    cycles: 100_000,
    async run(cycles) {
      const honest = 60;
      const plan = { fromOne: cycles, peers: 20, fromEach: Math.ceil(cycles / 20), honest };
      const { mostHeld, mostBytes, mostFromOne, honestStored, ...after } = await floodWithOrphans(plan);
      return {
        figures: `at most ${mostHeld} held, ${mostFromOne} of one peer, ${inMib(mostBytes)}; ${honestStored} of ${honest} honest ones stored`,
        problems: broken({
          "the number held is bounded": mostHeld <= MAX_ORPHANS && mostFromOne <= MAX_ORPHANS_PER_PEER,
          "their bytes are bounded": mostBytes <= MAX_ORPHAN_BYTES,
          "no honest orphan is evicted": honestStored === honest,
          "all expire": after.sizeAfterExpiry === 0 && after.bytesAfterExpiry === 0,
        }),
      };
    },
  },
  {
    name: "races",
    unit: "races",
    cycles: 1000,
    async run(cycles, seed) {
      const { identical, stores, sameStateRoots } = await runRaces(cycles, 5, seed);
      return {
        figures: `${identical} of ${cycles} with the same head in ${stores} stores`,
        problems: broken({ "all heads are the same": identical === cycles, "all state roots are": sameStateRoots }),
      };
    },
  },
  {
    name: "orderOfArrival",
    unit: "histories",
    cycles: 1000,
    async run(cycles, seed) {
      const problems: string[] = [];
      for (let i = 0; i < cycles && problems.length === 0; i++) {
        const random = new Random(seed + i);
        const plan = {
          blocks: random.between(10, 80),
          mostInBatch: random.between(1, 20),
          restarts: random.next() / 5,
        };
        const found = await checkOrderOfArrival({ ...plan, seed: seed + i, beyondQuotas: i % 2 === 1 });
        problems.push(...found.map((problem) => `history of seed ${seed + i}: ${problem}`));
      }
      return { figures: "each in a random order, with restarts, half of them beyond the quotas", problems };
    },
  },
  {
    name: "hugeDag",
    unit: "blocks in a row",
    cycles: 100_000,
    run: (cycles, seed) =>
      withHugeDag(async (dag) => {
        const before = liveBytes();
        const { accepted, last, perHeaderMs, slowestBatchPerHeaderMs } = await addLongChain(dag, cycles);
        const grownBytes = liveBytes() - before;
        const wide = await addWideLayers(dag, 2, 1000, MAX_PARENTS, new Random(seed));
        return {
          figures:
            `${perHeaderMs.toFixed(3)} ms a header, slowest batch ${slowestBatchPerHeaderMs.toFixed(3)} ms, ` +
            `memory grew by ${inMib(grownBytes)}; ${wide.accepted} of ${wide.offered} in layers of 1,000`,
          problems: broken({
            "the whole row is accepted": accepted === cycles && last.header.height === cycles + 1,
            "a header takes less than 5 ms": slowestBatchPerHeaderMs < 5,
            "memory is bounded": grownBytes < 256 * MIB,
            "the wide layers are accepted": wide.accepted === wide.offered,
          }),
        };
      }),
  },
  {
    name: "manifestBombs",
    unit: "times all of them",
    cycles: 20,
    async run(cycles) {
      const bombs = manifestBombs();
      const problems: string[] = [];
      let most = 0;
      for (const { name, bytes } of Array.from({ length: cycles }, () => bombs).flat()) {
        const before = usedBytes();
        const code = codeOfDecoding(bytes);
        const grown = usedBytes() - before;
        most = Math.max(most, grown);
        if (code !== "bad_encoding" && code !== "bad_manifest") problems.push(`${name}: ${code}`);
        if (grown > MIB) problems.push(`${name}: took ${inMib(grown)}`);
      }
      return { figures: `${bombs.length} manifests refused, each within ${inMib(most)}`, problems };
    },
  },
];

function codeOfDecoding(bytes: Uint8Array): string | undefined {
  try {
    decodeManifest(bytes);
    return "accepted";
  } catch (error) {
    return errorCode(error);
  }
}
