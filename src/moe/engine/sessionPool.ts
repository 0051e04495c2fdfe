/**
 * Sessions of one thread. In float32 all slots of the same shape share one session, because weights are its inputs.
 * Quantised matrices are constants of the graph, so each slot has sessions of its own, released with it.
 */
import type { Graph } from "../graph/graph.ts";
import { floatMatrices, type Matrices } from "../graph/matrices.ts";
import type { SessionFactory } from "./kernels.ts";
import { type OrtOptions, OrtSession } from "./ort.ts";
import type { Weights } from "./weights.ts";

export class SessionPool {
  readonly #options: OrtOptions;
  readonly #shared = new Map<string, OrtSession>();
  readonly #own = new Map<number, OrtSession[]>();
  readonly #quantise: ((weights: Weights) => Matrices) | undefined;

  /** @param quantise takes matrices out of `weights` and gives them as constants; absent: matrices stay inputs */
  constructor(options: OrtOptions, quantise?: (weights: Weights) => Matrices) {
    this.#options = options;
    this.#quantise = quantise;
  }

  /** The factory for one slot's kernel. With quantisation it removes the matrices from `weights`. */
  forSlot(slot: number, weights: Weights): SessionFactory {
    const quantised = this.#quantise?.(weights);
    return (key, build) => {
      if (quantised === undefined) return this.#sharedSession(key, () => build(floatMatrices));
      const graph = build(quantised);
      if (!graph.nodes.some((node) => node.op === "MatMulNBits")) return this.#sharedSession(key, () => graph);
      const session = new OrtSession(graph, this.#options);
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
