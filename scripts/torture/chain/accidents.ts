/** The parts in which processes die, disks fill up and bits flip, with what must hold afterwards. */
import { Random } from "../../support/random.ts";
import { SmallDisk } from "../../support/smallDisk.ts";
import { fillDisk } from "./diskFull.ts";
import { killCycles } from "./kill/killCycles.ts";
import { type Part, quantile } from "./part.ts";
import { killRepairs } from "./repair/killedRepairs.ts";
import { flipBits } from "./rot/flipBits.ts";

const DISK_BYTES = 24 * 2 ** 20;
const REPAIRED_BLOCKS = 2000;
/** The aim for 99 of 100 openings. On a machine that does other work it says nothing, so it is no promise. */
const READY_AIM_MS = 2000;

export const ACCIDENTS: readonly Part[] = [
  {
    name: "kill",
    unit: "kills",
    cycles: 1000,
    async run(cycles, seed) {
      const report = await killCycles(cycles, seed);
      const { openMs, acknowledgedBlocks, acknowledgedPayloads, kills } = report;
      const [p50, p99, most] = [0.5, 0.99, 1].map((share) => quantile(openMs, share).toFixed(0));
      const places = [...kills].map(([point, count]) => `${count} at ${point}`).join(", ");
      return {
        figures:
          `${acknowledgedBlocks} blocks and ${acknowledgedPayloads} payloads acknowledged; ` +
          `ready in ${p50} ms (p50), ${p99} ms (p99, aim < ${READY_AIM_MS}), ${most} ms (most); ${places}`,
        problems: [...report.problems, ...(report.kept === undefined ? [] : [`the store was kept in ${report.kept}`])],
      };
    },
  },
  {
    name: "diskFull",
    unit: "rounds",
    cycles: 100,
    async run(cycles, seed) {
      const disk = await SmallDisk.mount(DISK_BYTES);
      if (disk === undefined) {
        return { figures: "skipped: a small file system cannot be mounted here (needs Linux and root)", problems: [] };
      }
      const random = new Random(seed);
      const problems: string[] = [];
      let [blocks, payloads, slowestMs] = [0, 0, 0];
      try {
        for (let i = 0; i < cycles && problems.length === 0; i++) {
          const report = await fillDisk(disk, random);
          problems.push(...report.problems.map((problem) => `round ${i}: ${problem}`));
          blocks += report.failedBlocks;
          payloads += report.failedPayloads;
          slowestMs = Math.max(slowestMs, report.resumedMs);
        }
      } finally {
        await disk.unmount();
      }
      return {
        figures: `${blocks} blocks and ${payloads} payloads refused, writes resumed within ${slowestMs.toFixed(0)} ms`,
        problems,
      };
    },
  },
  {
    name: "rot",
    unit: "flipped bits",
    cycles: 10_000,
    async run(cycles, seed) {
      const { failedReads, silentlyAbsent, harmless, reported, codes, problems, kept } = await flipBits(cycles, seed);
      const errors = [...codes].map(([code, count]) => `${code} ${count}`).join(", ");
      return {
        figures:
          `${harmless} made no difference to reads, ${failedReads} made reads fail (${errors}), ` +
          `${silentlyAbsent} made blocks absent, ${reported} found by the audit; all repaired`,
        problems: [...problems, ...(kept === undefined ? [] : [`the stores were kept in ${kept}`])],
      };
    },
  },
  {
    name: "repair",
    unit: "kills",
    cycles: 100,
    async run(cycles, seed) {
      const { killed, refused, problems } = await killRepairs(cycles, REPAIRED_BLOCKS, new Random(seed));
      return { figures: `${killed} repairs killed on the way; ${refused} stores wanted another repair`, problems };
    },
  },
];
