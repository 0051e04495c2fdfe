/** Runs one child of the kill harness until it is dead. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { COMMIT_POINTS, type CommitPoint } from "../../../../src/chain/store/commitPoints.ts";
import type { Random } from "../../../support/random.ts";

export interface DeadChild {
  /** All that it said; the last line may lack its end. */
  readonly output: string;
  /** A commit point, or "random time". */
  readonly killedAt: string;
}

/** Counted from the child's first intent. */
const MAX_RANDOM_MS = 120;
/** Counted from the beginning of the opening. */
const MAX_OPENING_MS = 60;
/** A child that does not come to its commit point often enough is killed after this time all the same. */
const MAX_RUN_MS = 1500;
const MAX_PASSAGES = 6;

interface Kill {
  /** The child's word from which the time is counted. */
  readonly after: "begin" | "intent";
  readonly afterMs: number;
  readonly point?: CommitPoint;
}

/** Half of the time it kills itself at a named commit point, otherwise it is killed at a random time. */
export function runChild(folder: string, compileCache: string, random: Random): Promise<DeadChild> {
  const point = random.chance(0.5) ? random.pick(COMMIT_POINTS) : undefined;
  const kill: Kill =
    point === undefined
      ? { after: "intent", afterMs: random.below(MAX_RANDOM_MS) }
      : { after: "intent", afterMs: MAX_RUN_MS, point };
  return run(folder, compileCache, random, kill);
}

/** Kills it while it opens, and perhaps creates, the store. */
export function killOpening(folder: string, compileCache: string, random: Random): Promise<DeadChild> {
  return run(folder, compileCache, random, { after: "begin", afterMs: random.below(MAX_OPENING_MS) });
}

function run(folder: string, compileCache: string, random: Random, kill: Kill): Promise<DeadChild> {
  const { after, afterMs, point } = kill;
  const killAt = point === undefined ? {} : { AI_BLOCK_TEST_KILL_AT: `${point}:${random.between(1, MAX_PASSAGES)}` };
  const { AI_BLOCK_TEST_KILL_AT: _, ...environment } = process.env;
  const child = spawn(process.execPath, [join(import.meta.dirname, "child.ts"), folder, `${random.below(2 ** 31)}`], {
    env: { ...environment, ...killAt, NODE_COMPILE_CACHE: compileCache },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    let output = "";
    let complaints = "";
    let killedAt: string = point ?? "random time";
    let timer: NodeJS.Timeout | undefined;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (timer !== undefined || !text.includes(after)) return;
      timer = setTimeout(() => {
        killedAt = "random time";
        child.kill("SIGKILL");
      }, afterMs);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaints += text;
    });
    child.on("error", reject);
    child.on("close", (_code, signal) => {
      clearTimeout(timer);
      if (signal === "SIGKILL") resolve({ output, killedAt });
      else reject(new Error(`the child ended by itself: ${complaints.slice(0, 2000)}`));
    });
  });
}
