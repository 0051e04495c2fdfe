/**
 * A thread that computes: its code, compiled by earlier runs where there is a folder for it, and the limits of its heap.
 *
 * Every such thread loads its own copy of some hundred modules: measured, 250 ms of processor time for each without
 * compiled code and 50 ms with it. It lies in the folder for prepared weights: code that is run must not come from a folder
 * where others can write.
 */
import "./telemetry.ts";
import { join } from "node:path";
import { type ResourceLimits, type TransferListItem, Worker } from "node:worker_threads";
import { errorCode } from "../../core/errors.ts";
import { makeFolderSync } from "../../core/makeFolder.ts";

/**
 * A thread's numbers lie outside its heap; what is on it are small objects that die within a step. V8 lets the space for
 * new objects grow to 48 MB per thread all the same, as long as there is much traffic. Measured over 5,000 generations
 * that were started and aborted: 41 MB more resident memory, while the objects in use fell from 17.6 to 14.1 MB; with a
 * limit of 12 MB no growth.
 */
const LIMITS: ResourceLimits = { maxYoungGenerationSizeMb: 12 };

export interface ComputingThreadOptions {
  readonly name: string;
  /** Beside this file; loaded in this order. What is compiled is kept before the next one is loaded. */
  readonly modules: readonly string[];
  /** Absent: nothing is kept. */
  readonly cacheFolder: string | undefined;
  readonly workerData: unknown;
  readonly transferList: readonly TransferListItem[];
}

export function startComputingThread(options: ComputingThreadOptions): Worker {
  const { name, modules, cacheFolder, workerData, transferList } = options;
  const compiled = cacheFolder === undefined ? undefined : folderOfCode(cacheFolder);
  return new Worker(new URL("./threadEntry.js", import.meta.url), {
    name,
    argv: [compiled ?? "", ...modules.map((module) => new URL(module, import.meta.url).href)],
    workerData,
    transferList: [...transferList],
    resourceLimits: LIMITS,
  });
}

/** Made here: Node would try for ever where the system has no folders to make. `undefined` where it cannot be made. */
function folderOfCode(cacheFolder: string): string | undefined {
  const folder = join(cacheFolder, "compiled");
  try {
    makeFolderSync(folder);
    return folder;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}
