/**
 * The folder that `ai-block train` writes to. It holds the state file from the first save until the checkpoint is there
 * as a whole: a folder with a state is that of an unfinished run, and what else is in it may be replaced.
 */
import { readdir, realpath, rm, rmdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AiBlockError, errorCode } from "../../core/errors.ts";
import { makeFolder } from "../../core/makeFolder.ts";
import { usageError } from "../framework/usageError.ts";

export const STATE_FILE = "training.state";

export interface Target {
  readonly folder: string;
  readonly stateFile: string;
  /** Files in the folder may be replaced. */
  readonly overwrite: boolean;
}

/**
 * Looks, and makes nothing: what the trainer refuses leaves no trace. Throws `usage`, and `target_exists` when there are
 * files but no state in it, unless `force` is set.
 */
export async function prepareTarget(out: string | undefined, model: string, force: boolean): Promise<Target> {
  if (out === undefined) throw usageError("--out: expected a folder to write to, got none");
  const folder = resolve(out);
  if ((await realpathOrNothing(folder)) === (await folderOf(model))) {
    throw usageError(`--out: expected another folder than the model's, got ${out}`);
  }
  const names = (await namesIn(folder)).filter((name) => !name.startsWith("."));
  const overwrite = force || names.includes(STATE_FILE);
  if (names.length > 0 && !overwrite) {
    const text = `${out}: expected an empty folder or an interrupted run, got ${names.slice(0, 3).join(", ")}`;
    throw new AiBlockError("target_exists", text, { path: folder });
  }
  return { folder, stateFile: join(folder, STATE_FILE), overwrite };
}

/** Does `work` in the folder, which is made if needed, and goes again if `work` throws and has left nothing in it. */
export async function withTargetFolder<T>({ folder }: Target, work: () => Promise<T>): Promise<T> {
  const made = await makeFolder(folder);
  try {
    return await work();
  } catch (error) {
    if (made) await rmdir(folder).catch(() => undefined);
    throw error;
  }
}

/** Removes a state that does not belong to the run, if `error` says so and `force` allows it. */
export async function dropForeignState({ stateFile }: Target, error: unknown, force: boolean): Promise<void> {
  const code = errorCode(error);
  if (!force || (code !== "state_mismatch" && code !== "state_invalid")) throw error;
  await rm(stateFile, { force: true });
}

async function folderOf(model: string): Promise<string> {
  const path = await realpath(resolve(model));
  return (await stat(path)).isDirectory() ? path : resolve(path, "..");
}

async function realpathOrNothing(path: string): Promise<string | undefined> {
  return realpath(path).catch(nothingAt);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(nothingAt)) ?? [];
}

function nothingAt(error: unknown): undefined {
  if (errorCode(error) !== "ENOENT") throw error;
}
