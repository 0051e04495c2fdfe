/**
 * Sessions of one thread. Where weights are inputs all slots of the same shape share one session, and so they share the
 * stages between products with panels. Other matrices in prepared files are constants of the graph: each slot has sessions
 * of its own then. What a slot has of its own is released with it.
 */
import type { Graph } from "../graph/graph.ts";
import { floatMatrices, type Matrices } from "../graph/matrices.ts";
import type { SessionFactory } from "./kernels.ts";
import { type OrtOptions, OrtSession, type Session } from "./ort.ts";
import { PanelStore } from "./panels/panelStore.ts";
import { hasProducts, panelMatrices } from "./panels/splitGraph.ts";
import { SplitPlan, SplitSession } from "./panels/splitSession.ts";
import type { StoredMatrix } from "./preparedFile.ts";
import { storedMatrices } from "./storedMatrices.ts";

export class SessionPool {
  readonly #options: OrtOptions;
  readonly #weightsFolder: string | undefined;
  readonly #shared = new Map<string, OrtSession>();
  readonly #own = new Map<number, OrtSession[]>();
  /** By graph; `undefined` for one without matrices. */
  readonly #split = new Map<string, SplitPlan | undefined>();
  readonly #panels: PanelStore;

  /** @param weightsFolder where prepared files lie */
  constructor(options: OrtOptions, weightsFolder?: string) {
    this.#options = options;
    this.#weightsFolder = weightsFolder;
    this.#panels = new PanelStore(weightsFolder);
  }

  /** The factory for one slot's kernel. */
  forSlot(slot: number, matrices: ReadonlyMap<string, StoredMatrix>): SessionFactory {
    const stored = storedMatrices(matrices);
    const inPanels = [...matrices.values()].some((matrix) => "panels" in matrix);
    return (key, build) => {
      if (matrices.size === 0) return this.#sharedSession(key, () => build(floatMatrices));
      if (inPanels) return this.#splitSession(slot, matrices, key, build);
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
    this.#panels.release(slot);
  }

  get sessionCount(): number {
    let own = 0;
    for (const sessions of this.#own.values()) own += sessions.length;
    return this.#shared.size + own;
  }

  close(): void {
    for (const slot of [...this.#own.keys()]) this.release(slot);
    this.#panels.close();
    for (const session of this.#shared.values()) session.close();
    this.#shared.clear();
  }

  #splitSession(
    slot: number,
    matrices: ReadonlyMap<string, StoredMatrix>,
    key: string,
    build: (matrices: Matrices) => Graph,
  ): Session {
    if (!this.#split.has(key)) {
      const graph = build(panelMatrices);
      const session = (stage: number, part: Graph): OrtSession =>
        this.#sharedSession(`${key}, stage ${stage}`, () => part);
      const float = (): OrtSession => this.#sharedSession(`${key}, floats`, () => build(floatMatrices));
      this.#split.set(key, hasProducts(graph) ? new SplitPlan(graph, session, float) : undefined);
    }
    const plan = this.#split.get(key);
    if (plan === undefined) return this.#sharedSession(key, () => build(panelMatrices));
    return new SplitSession(plan, this.#panels.load(slot, matrices));
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
