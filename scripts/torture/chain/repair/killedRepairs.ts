/** A repair that is killed at a random moment can be run again, however often, and loses nothing. */
import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { auditChain } from "../../../../src/chain/audit/audit.ts";
import { repairChain } from "../../../../src/chain/audit/repair.ts";
import { sealBlock } from "../../../../src/chain/block/block.ts";
import { Chain } from "../../../../src/chain/chain.ts";
import { errorCode } from "../../../../src/core/errors.ts";
import { growingChain } from "../../../support/growingChain.ts";
import type { Random } from "../../../support/random.ts";
import { SampleModel } from "../../../support/sampleModel.ts";
import { withTemporaryFolder } from "../../../support/temporary.ts";

export interface KilledRepairsReport {
  /** Repairs that were killed before they were done. */
  readonly killed: number;
  /** After how many of the kills the store could not be opened before another repair (with a code that says so). */
  readonly refused: number;
  readonly problems: readonly string[];
}

export function killRepairs(kills: number, blocks: number, random: Random): Promise<KilledRepairsReport> {
  return withTemporaryFolder(async (home) => {
    const folder = join(home, "chain");
    const model = new SampleModel({ validators: 1, quorum: 1 });
    let chain = await Chain.open(folder, { minFreeBytes: 0 });
    await model.publish(chain);
    await chain.add([...growingChain(model, blocks)].map(sealBlock));
    const rootBefore = Buffer.from(await chain.stateRoot(model.meta.id)).toString("hex");
    await chain.close();
    const start = performance.now();
    await repairChain(folder);
    const wholeMs = performance.now() - start;
    const problems: string[] = [];
    let [killed, refused] = [0, 0];
    for (let i = 0; i < kills; i++) {
      if (!(await killRepair(folder, join(home, "compiled"), random.next() * 1.2 * wholeMs))) continue;
      killed += 1;
      try {
        await (await Chain.open(folder, { minFreeBytes: 0 })).close();
      } catch (error) {
        refused += 1;
        if (errorCode(error) !== "store_corrupt") problems.push(`opening after kill ${i}: ${errorCode(error)}`);
      }
    }
    const { blocks: kept } = await repairChain(folder);
    if (kept !== blocks + 1) problems.push(`${kept} blocks kept of ${blocks + 1}`);
    problems.push(...(await auditChain(folder)).findings.map(({ message }) => message));
    chain = await Chain.open(folder, { minFreeBytes: 0 });
    const root = Buffer.from(await chain.stateRoot(model.meta.id)).toString("hex");
    if (root !== rootBefore) problems.push("the state root differs");
    await chain.close();
    const left = (await readdir(folder)).filter((name) => !/^(index|payloads|index\.old-\d+)$/.test(name));
    problems.push(...left.map((name) => `left behind: ${name}`));
    return { killed, refused, problems };
  });
}

/** False when the repair was done first. */
function killRepair(folder: string, compileCache: string, afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "child.ts"), folder], {
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    child.stdout.once("data", () => {
      timer = setTimeout(() => child.kill("SIGKILL"), afterMs);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0 || signal === "SIGKILL") resolve(signal === "SIGKILL");
      else reject(new Error(`the repair failed: ${code}`));
    });
  });
}
