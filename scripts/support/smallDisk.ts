/** A small file system in memory, mounted for one test: needs Linux and the right to mount. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, rmdir, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export class SmallDisk {
  readonly folder: string;
  readonly #filler: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.#filler = join(folder, "filler");
  }

  /** `undefined` where mounting is not allowed, or does not exist. */
  static async mount(bytes: number): Promise<SmallDisk | undefined> {
    const folder = await mkdtemp(join(tmpdir(), "ai-block-disk-"));
    try {
      await run("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder]);
      return new SmallDisk(folder);
    } catch {
      await rmdir(folder);
      return undefined;
    }
  }

  /** Takes space away until `left` bytes are free. */
  async fill(left: number): Promise<void> {
    await this.empty();
    const { bavail, bsize } = await statfs(this.folder);
    await writeFile(this.#filler, new Uint8Array(Math.max(0, bavail * bsize - left)));
  }

  /** Gives the space back. */
  async empty(): Promise<void> {
    await rm(this.#filler, { force: true });
  }

  async setReadOnly(isReadOnly: boolean): Promise<void> {
    await run("mount", ["-o", `remount,${isReadOnly ? "ro" : "rw"}`, this.folder]);
  }

  async unmount(): Promise<void> {
    await run("umount", ["-l", this.folder]);
    await rmdir(this.folder);
  }
}
