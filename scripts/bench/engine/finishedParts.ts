/** Rows of parts as they are finished, in a file: a run that was stopped can be taken up again. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../../../src/core/errors.ts";
import type { BenchRow } from "../report.ts";

export class FinishedParts {
  readonly #path: string;
  readonly #parts: Map<string, BenchRow[]>;

  private constructor(path: string, parts: Map<string, BenchRow[]>) {
    this.#path = path;
    this.#parts = parts;
  }

  /** @param resume whether what the file holds counts as finished */
  static async open(folder: string, resume: boolean): Promise<FinishedParts> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, "finished-parts.json");
    return new FinishedParts(path, resume ? await read(path) : new Map());
  }

  /** The rows of a part: measured now, unless it is finished. */
  async rowsOf(key: string, measure: () => Promise<BenchRow[]>): Promise<BenchRow[]> {
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    const startMs = performance.now();
    console.error(`engine: ${key} …`);
    const rows = await measure();
    console.error(`engine: ${key}: ${((performance.now() - startMs) / 1000).toFixed(0)} s`);
    this.#parts.set(key, rows);
    await writeFile(this.#path, JSON.stringify([...this.#parts], null, 2));
    return rows;
  }
}

async function read(path: string): Promise<Map<string, BenchRow[]>> {
  try {
    return new Map(JSON.parse(await readFile(path, "utf8")) as [string, BenchRow[]][]);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return new Map();
    throw error;
  }
}
