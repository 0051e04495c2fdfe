/**
 * Sessions of one thread. Where weights are inputs all slots of the same shape share one session.
 * Matrices in prepared files are constants of the graph, so each slot has sessions of its own, released with it.
 */
import type { Graph } from "../graph/graph.ts";
import { floatMatrices } from "../graph/matrices.ts";
import type { SessionFactory } from "./kernels.ts";
import { type OrtOptions, OrtSession } from "./ort.ts";
import type { StoredMatrix } from "./preparedFile.ts";
import { storedMatrices } from "./storedMatrices.ts";

export class SessionPool {
  readonly #options: OrtOptions;
  readonly #weightsFolder: string | undefined;
  readonly #shared = new Map<string, OrtSession>();
  readonly #own = new Map<number, OrtSession[]>();

  /** @param weightsFolder where prepared files lie */
  constructor(options: OrtOptions, weightsFolder?: string) {
    this.#options = options;
    this.#weightsFolder = weightsFolder;
  }

  /** The factory for one slot's kernel. */
  forSlot(slot: number, matrices: ReadonlyMap<string, StoredMatrix>): SessionFactory {
    const stored = storedMatrices(matrices);
    return (key, build) => {
      if (matrices.size === 0) return this.#sharedSession(key, () => build(floatMatrices));
      const graph = build(stored);
      if (graph.constants.every(({ bytes }) => bytes instanceof Uint8Array))
        return this.#sharedSession(key, () => graph);
      const folder = this.#weightsFolder === undefined ? {} : { weightsFolder: this.#weightsFolder };
      const session = new OrtSession(graph, { ...this.#options, ...folder });
      const own = this.#own.get(slot);
      if (own === undefined) this.#own.set(slot, [session]);
      else own.push(session);
      return session;
    };
  }

  release(slot: number): void {
    for (const session of this.#own.get(slot) ?? []) session.close();
    this.#own.delete(slot);
  }

  get sessionCount(): number {
    let own = 0;
    for (const sessions of this.#own.values()) own += sessions.length;
    return this.#shared.size + own;
  }

  close(): void {
    for (const slot of [...this.#own.keys()]) this.release(slot);
    for (const session of this.#shared.values()) session.close();
    this.#shared.clear();
  }

  #sharedSession(key: string, build: () => Graph): OrtSession {
    let session = this.#shared.get(key);
    if (session === undefined) {
      session = new OrtSession(build(), this.#options);
      this.#shared.set(key, session);
    }
    return session;
  }
}
