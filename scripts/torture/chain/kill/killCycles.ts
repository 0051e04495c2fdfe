/**
 * The kill harness. A child process puts random load on a chain; the supervisor here kills it (SIGKILL) at a random
 * time, in half of the cycles at a named point of the commit sequence, opens the store again, and compares it with what
 * the child had intended and acknowledged.
 */
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { auditChain } from "../../../../src/chain/audit/audit.ts";
import { sealBlock } from "../../../../src/chain/block/block.ts";
import { Chain } from "../../../../src/chain/chain.ts";
import { toHex } from "../../../../src/core/bytes.ts";
import { errorMessage } from "../../../../src/core/errors.ts";
import { Random } from "../../../support/random.ts";
import { checkAgainstLedger } from "./check.ts";
import { Ledger } from "./ledger.ts";
import { killOpening, runChild } from "./runChild.ts";
import { firstVersions, killModel } from "./workload.ts";

export interface KillReport {
  readonly seed: number;
  readonly cycles: number;
  readonly acknowledgedBlocks: number;
  readonly acknowledgedPayloads: number;
  /** Kills at each commit point, and at random times. */
  readonly kills: ReadonlyMap<string, number>;
  /** Of every opening after a kill, ascending. */
  readonly openMs: readonly number[];
  /** Empty when every invariant held. */
  readonly problems: readonly string[];
  /** Where a failing store and its ledger were kept. */
  readonly kept?: string;
}

/** A store is used for so many cycles, then audited, and the next one begins. */
const CYCLES_PER_STORE = 25;

export async function killCycles(cycles: number, seed: number): Promise<KillReport> {
  const home = await mkdtemp(join(tmpdir(), "ai-block-kill-"));
  const run = new KillRun(home, new Random(seed));
  for (let left = cycles; left > 0 && run.problems.length === 0; left -= CYCLES_PER_STORE) {
    await run.useStore(Math.min(left, CYCLES_PER_STORE));
  }
  run.openMs.sort((a, b) => a - b);
  const report = { seed, ...run };
  if (run.problems.length === 0) {
    await rm(home, { recursive: true, force: true });
    return report;
  }
  const kept = join(tmpdir(), `ai-block-failed-kill-${seed}-${Date.now()}`);
  await rename(home, kept);
  return { ...report, kept };
}

class KillRun {
  cycles = 0;
  acknowledgedBlocks = 0;
  acknowledgedPayloads = 0;
  readonly kills = new Map<string, number>();
  readonly openMs: number[] = [];
  readonly problems: string[] = [];
  readonly #home: string;
  readonly #random: Random;

  constructor(home: string, random: Random) {
    this.#home = home;
    this.#random = random;
  }

  /** `cycles` kills over one store, then its audit. The folder stays when something is wrong. */
  async useStore(cycles: number): Promise<void> {
    const folder = join(this.#home, "chain");
    await rm(folder, { recursive: true, force: true });
    await rm(join(this.#home, "ledger"), { force: true });
    const ledger = await Ledger.create(join(this.#home, "ledger"));
    try {
      await this.#killFirstOpening(folder, ledger);
      await prepare(folder, ledger);
      await this.#killAndCheck(folder, ledger, cycles);
      const { findings } = await auditChain(folder);
      this.problems.push(...findings.map(({ message }) => `audit: ${message}`));
    } catch (error) {
      this.problems.push(`cycle ${this.cycles}: ${errorMessage(error)}`);
    } finally {
      await ledger.close();
    }
    this.acknowledgedBlocks += ledger.acknowledgedBlocks.size;
    this.acknowledgedPayloads += ledger.acknowledgedPayloads.size;
  }

  /** A store that is killed while it comes into being is an empty one. */
  async #killFirstOpening(folder: string, ledger: Ledger): Promise<void> {
    const { output } = await killOpening(folder, join(this.#home, "compiled"), this.#random);
    await ledger.append(output);
    await (await Chain.open(folder, { minFreeBytes: 0 })).close();
  }

  async #killAndCheck(folder: string, ledger: Ledger, cycles: number): Promise<void> {
    const read = new Set<string>();
    for (let i = 0; i < cycles && this.problems.length === 0; i++) {
      const { output, killedAt } = await runChild(folder, join(this.#home, "compiled"), this.#random);
      await ledger.append(output);
      this.kills.set(killedAt, (this.kills.get(killedAt) ?? 0) + 1);
      const start = performance.now();
      const chain = await Chain.open(folder, { minFreeBytes: 0 });
      this.openMs.push(performance.now() - start);
      try {
        const problems = await checkAgainstLedger(chain, ledger, read);
        this.problems.push(...problems.map((problem) => `cycle ${this.cycles}: ${problem}`));
      } finally {
        await chain.close();
      }
      this.cycles += 1;
    }
  }
}

/** The model and its first versions, stored and acknowledged before the first kill. */
async function prepare(folder: string, ledger: Ledger): Promise<void> {
  const chain = await Chain.open(folder, { minFreeBytes: 0 });
  await killModel.publish(chain);
  const first = firstVersions();
  await chain.add(first.map(sealBlock));
  await chain.close();
  const ids = [killModel.meta, ...first].map(({ idHex }) => idHex);
  const root = toHex(killModel.meta.header.payload!.root);
  const lines = [...ids.flatMap((id) => [`intent block ${id}`, `ack block ${id}`]), `intent payload ${root} 0`];
  await ledger.append(`${[...lines, `ack payload ${root}`].join("\n")}\n`);
}
