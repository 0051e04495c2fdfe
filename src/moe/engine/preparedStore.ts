/**
 * The folder of prepared files: one for each share of each slot version that was ever prepared here.
 *
 * A cache: everything in it can be made again from the slots, so a damaged or missing file is no error, and when the
 * folder grows over its limit the files that were longest unused are deleted. Deleting a file that a session has mapped
 * is harmless on Unix; on Windows it fails and is tried again next time.
 */
import { createHash } from "node:crypto";
import { readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { TEMP_PREFIX } from "../../core/durableFile.ts";
import { errorCode } from "../../core/errors.ts";
import { makeFolderSync } from "../../core/makeFolder.ts";
import {
  type MatrixToStore,
  type PreparedShare,
  readPreparedFile,
  type StoredBits,
  writePreparedFile,
} from "./preparedFile.ts";
import { quantiseMatrix } from "./quantise.ts";
import type { Share, Weights } from "./weights.ts";

/** Part of every file's name: a change of layout, of what is quantised, or of how, makes all older files unknown. */
const FORMAT = 2;
const SUFFIX = ".prepared";
/** Nothing is written for so long. */
const LEFT_BEHIND_MS = 3_600_000;
/** Matrices that are mapped, and quantised if that is asked for; the others are small, or too delicate. */
const MATRICES = /^(qkv|query|queryDown|queryUp|latentDown|output|gateUp|down|head)\.weight$/;

export interface PreparedStoreOptions {
  /** Created if it is missing. */
  readonly folder: string;
  /** Where files are written before they get their names: in the same file system, and created when it is needed. Default: `folder`. */
  readonly workFolder?: string;
  readonly bits: StoredBits;
  /** Of all files together; by default no limit. */
  readonly maxBytes?: number;
}

export class PreparedStore {
  readonly folder: string;
  readonly bits: StoredBits;
  readonly #workFolder: string;
  readonly #maxBytes: number;
  #sinceTrim = 0;

  constructor({ folder, workFolder = folder, bits, maxBytes = Number.POSITIVE_INFINITY }: PreparedStoreOptions) {
    makeFolderSync(folder);
    this.folder = folder;
    this.#workFolder = workFolder;
    this.bits = bits;
    this.#maxBytes = maxBytes;
    this.#sweep();
    if (Number.isFinite(maxBytes)) this.#trim();
  }

  /** The share if it was prepared before. Blocks this thread for about 0.1 ms. */
  open(version: string, share: Share): PreparedShare | undefined {
    const path = this.#path(version, share);
    try {
      const prepared = readPreparedFile(path);
      // For `#trim`: when it was last used.
      const now = new Date();
      utimesSync(path, now, now);
      return prepared;
    } catch (error) {
      if (errorCode(error) === "ENOENT") return undefined;
      if (errorCode(error) !== "prepared_file_damaged") throw error;
      rmSync(path, { force: true });
      return undefined;
    }
  }

  /** Converts, writes and opens a share. Blocks this thread: about 5 ns a weight. */
  prepare(version: string, share: Share, weights: Weights): PreparedShare {
    const kept: Weights = new Map();
    const matrices = new Map<string, MatrixToStore>();
    const { bits } = this;
    for (const [name, weight] of weights) {
      const { data } = weight;
      const [outputs, inputs] = weight.shape;
      if (!MATRICES.test(name) || outputs === undefined || inputs === undefined) kept.set(name, weight);
      else
        matrices.set(name, bits === 32 ? { bits, outputs, inputs, data } : quantiseMatrix(data, outputs, inputs, bits));
    }
    const path = this.#path(version, share);
    makeFolderSync(this.#workFolder);
    this.#sinceTrim += writePreparedFile(path, kept, matrices, this.#workFolder);
    if (this.#sinceTrim > this.#maxBytes / 16) this.#trim(path);
    return readPreparedFile(path);
  }

  #path(version: string, { shard, shards }: Share): string {
    const key = [FORMAT, version, this.bits, shard, shards].join("\n");
    return join(this.folder, `${createHash("sha256").update(key).digest("hex")}${SUFFIX}`);
  }

  /** Deletes the work folders of killed processes. One that lives makes its own anew when it needs it. */
  #sweep(): void {
    for (const name of readdirSync(this.folder)) {
      if (!name.startsWith(TEMP_PREFIX)) continue;
      const path = join(this.folder, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat !== undefined && Date.now() - stat.mtimeMs > LEFT_BEHIND_MS)
        rmSync(path, { recursive: true, force: true });
    }
  }

  /** Deletes the longest unused files but `keep` until the rest fits. */
  #trim(keep?: string): void {
    this.#sinceTrim = 0;
    const files: { path: string; bytes: number; usedMs: number }[] = [];
    for (const name of readdirSync(this.folder)) {
      if (!name.endsWith(SUFFIX)) continue;
      const path = join(this.folder, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat !== undefined) files.push({ path, bytes: stat.size, usedMs: stat.mtimeMs });
    }
    let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { path, bytes } of files.sort((a, b) => a.usedMs - b.usedMs)) {
      if (total <= this.#maxBytes) break;
      if (path === keep) continue;
      try {
        rmSync(path, { force: true });
        total -= bytes;
      } catch (error) {
        if (errorCode(error) !== "EBUSY" && errorCode(error) !== "EPERM") throw error;
      }
    }
  }
}
