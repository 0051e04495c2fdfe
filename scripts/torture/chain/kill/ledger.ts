/** What the killed processes said they would store and said they had stored, in an append-only file that is synced. */
import { type FileHandle, open } from "node:fs/promises";

export class Ledger {
  readonly intendedBlocks = new Set<string>();
  readonly acknowledgedBlocks = new Set<string>();
  /** Root in hex -> number of the payload. */
  readonly intendedPayloads = new Map<string, number>();
  readonly acknowledgedPayloads = new Set<string>();
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async create(path: string): Promise<Ledger> {
    return new Ledger(await open(path, "ax"));
  }

  /** Takes the whole lines of one process's output; a last line without its end was never said. */
  async append(output: string): Promise<void> {
    const whole = output.slice(0, output.lastIndexOf("\n") + 1);
    await this.#handle.appendFile(whole);
    await this.#handle.sync();
    for (const line of whole.split("\n")) this.#take(line.split(" "));
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #take([verb, kind, name, number]: readonly string[]): void {
    if (name === undefined) return;
    if (kind === "block") (verb === "intent" ? this.intendedBlocks : this.acknowledgedBlocks).add(name);
    else if (verb === "intent") this.intendedPayloads.set(name, Number(number));
    else this.acknowledgedPayloads.add(name);
  }
}
