/**
 * The weights of one state of the model that stay in memory while any sequence runs on it: everything but the experts.
 * Kernels are shared between states whose slots have the same version.
 */
import { type Slot, slotName } from "../../core/slot.ts";
import type { PartName } from "../model/parts.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { SlotSource } from "../slotSource.ts";
import { readSlotParts, requireSlot } from "../slotSource.ts";
import type { Crew } from "./crew.ts";
import { EmbeddingTable } from "./embeddingTable.ts";
import type { KernelKind } from "./executor.ts";
import { RouterKernel } from "./kernels.ts";
import { SINGLE_THREADED } from "./ort.ts";
import { prepareRouter, prepareSlot } from "./prepare.ts";
import { type QuantisationOptions, storedBits } from "./quantisation.ts";
import { SessionPool } from "./sessionPool.ts";

export interface LayerWeights {
  readonly attention: number;
  readonly router: RouterKernel;
  /** Of `sigmoid` routers, [experts]. */
  readonly correction: Float32Array | undefined;
  readonly shared: number | undefined;
  readonly dense: number | undefined;
}

export interface ModelState {
  readonly source: SlotSource;
  readonly embedding: EmbeddingTable | undefined;
  readonly layers: ReadonlyMap<number, LayerWeights>;
  readonly head: number | undefined;
  /** Kernels that this state holds, by slot version. */
  readonly versions: readonly string[];
}

type Parts = Map<PartName, Float32Array>;

type Read = (slot: Slot, wanted?: (part: PartName) => boolean) => Promise<Parts>;

interface Held {
  readonly kernel: number;
  users: number;
}

/** Loads and releases states, and gives out kernel numbers. */
export class ModelStates {
  readonly #spec: ModelSpec;
  readonly #crew: Crew;
  readonly #quantisation: QuantisationOptions;
  readonly #kernels = new Map<string, Held>();
  readonly #routers = new Map<string, { router: RouterKernel; correction: Float32Array | undefined; users: number }>();
  /** Routers are the first thread's alone: they are small, and everyone waits for what they decide. */
  readonly #routerSessions = new SessionPool(SINGLE_THREADED);
  readonly #poll: () => void;
  #nextKernel = 1;

  /** @param poll called before every slot: takes notice of aborts while no messages can be taken */
  constructor(spec: ModelSpec, crew: Crew, quantisation: QuantisationOptions, poll: () => void = () => {}) {
    this.#spec = spec;
    this.#poll = poll;
    this.#quantisation = quantisation;
    this.#crew = crew;
  }

  /** A fresh number for a kernel. */
  newKernel(): number {
    return this.#nextKernel++;
  }

  /** Loads layers `first` to `last`, the embedding if `first` is 0 and the head if `last` is the model's last. */
  async load(source: SlotSource, first: number, last: number, signal?: AbortSignal): Promise<ModelState> {
    const spec = this.#spec;
    const versions: string[] = [];
    const layers = new Map<number, LayerWeights>();
    const state: { -readonly [K in keyof ModelState]: ModelState[K] } = {
      source,
      embedding: undefined,
      layers,
      head: undefined,
      versions,
    };
    try {
      const read: Read = (slot, wanted) => readSlotParts(source, slotName(slot), signal ? { signal } : {}, wanted);
      const hasHead = last === spec.layers.length - 1;
      if (first === 0) state.embedding = await EmbeddingTable.load(source, signal);
      for (let layer = first; layer <= last; layer++) {
        this.#poll();
        signal?.throwIfAborted();
        layers.set(layer, await this.#loadLayer(state, layer, read));
      }
      this.#poll();
      signal?.throwIfAborted();
      if (hasHead) state.head = await this.#loadHead(state, read);
      return state;
    } catch (error) {
      this.release(state);
      throw error;
    }
  }

  release(state: ModelState): void {
    for (const version of state.versions) {
      const held = this.#kernels.get(version);
      if (held !== undefined && --held.users === 0) {
        this.#crew.unload(held.kernel);
        this.#kernels.delete(version);
      }
      const router = this.#routers.get(version);
      if (router !== undefined && --router.users === 0) this.#routers.delete(version);
    }
  }

  close(): void {
    this.#routerSessions.close();
  }

  async #loadLayer(state: ModelState, layer: number, read: Read): Promise<LayerWeights> {
    const sparse = this.#spec.layers[layer]?.feedForward === "experts";
    const slot: Slot = { kind: "attention", layer };
    const attention = await this.#hold(state, slot, "attention", () => read(slot));
    const router = await this.#holdRouter(state, layer, sparse, read);
    const feedForward = (kind: "shared" | "mlp"): Promise<number> =>
      this.#hold(state, { kind, layer }, "feedForward", () => read({ kind, layer }));
    return {
      attention,
      router: router.router,
      correction: router.correction,
      shared: sparse && this.#spec.shared !== undefined ? await feedForward("shared") : undefined,
      dense: sparse ? undefined : await feedForward("mlp"),
    };
  }

  async #loadHead(state: ModelState, read: Read): Promise<number> {
    const { source } = state;
    const slot: Slot = { kind: "head" };
    if (!this.#spec.tiedEmbeddings) return this.#hold(state, slot, "head", () => read(slot));
    const version = `${requireSlot(source, "head").version} with ${requireSlot(source, "embedding").version}`;
    return this.#hold(
      state,
      slot,
      "head",
      async () => {
        const parts = await read(slot);
        const embedding = await read({ kind: "embedding" });
        return parts.set("head.weight", embedding.get("embedding.weight") as Float32Array);
      },
      version,
    );
  }

  async #hold(
    state: ModelState,
    slot: Slot,
    kind: KernelKind,
    read: () => Promise<Parts>,
    version = requireSlot(state.source, slotName(slot)).version,
  ): Promise<number> {
    let held = this.#kernels.get(version);
    if (held === undefined) {
      const kernel = this.newKernel();
      await this.#crew.load(kernel, kind, {
        version,
        bits: storedBits(this.#spec, slot.kind, this.#quantisation),
        read: async () => {
          const parts = await read();
          return (share) => prepareSlot(this.#spec, slot.kind, parts, share);
        },
      });
      held = { kernel, users: 0 };
      this.#kernels.set(version, held);
    }
    held.users++;
    (state.versions as string[]).push(version);
    return held.kernel;
  }

  async #holdRouter(
    state: ModelState,
    layer: number,
    sparse: boolean,
    read: Read,
  ): Promise<{ router: RouterKernel; correction: Float32Array | undefined }> {
    const { source } = state;
    const own = sparse ? requireSlot(source, slotName({ kind: "router", layer })).version : "dense";
    // The router's norm is part of the attention slot, so it changes with either of them.
    const version = `router ${own} with ${requireSlot(source, slotName({ kind: "attention", layer })).version}`;
    let held = this.#routers.get(version);
    if (held === undefined) {
      const parts = sparse ? await read({ kind: "router", layer }) : undefined;
      // Not the rest of the slot: its matrices may have been prepared long ago, and are not read then.
      const norms = await read({ kind: "attention", layer }, (part) => part.startsWith("feedForwardNorm."));
      const weights = prepareRouter(this.#spec, norms, parts);
      const factory = this.#routerSessions.forSlot(0, new Map());
      const router = new RouterKernel(this.#spec, weights, factory);
      held = { router, correction: parts?.get("router.correction"), users: 0 };
      this.#routers.set(version, held);
    }
    held.users++;
    (state.versions as string[]).push(version);
    return held;
  }
}
