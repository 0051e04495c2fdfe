/**
 * Which versions of which expert have usage, in memory: answers take no disk access. A version belongs to the slot of
 * its block; those of models that are not served are left out.
 */
import type { ExpertUsage } from "../../api/services/experts.ts";
import type { Chain } from "../../chain/chain.ts";
import { NO_USAGE, type VersionUsage } from "../../chain/usage/usageRows.ts";
import type { UsageStore } from "../../chain/usage/usageStore.ts";
import { bytesEqual, hashFromHex, toHex } from "../../core/bytes.ts";
import { parseSlot } from "../../core/slot.ts";
import type { ServedState } from "../model/servedState.ts";

export interface ExpertVersion {
  readonly block: string;
  readonly author: string;
  readonly usage: VersionUsage;
}

/** Time of all experts of a layer. */
export interface LayerTime {
  readonly timedTokens: number;
  readonly computeMicros: number;
}

const UNUSED: VersionUsage = { ...NO_USAGE, lastUsedMs: 0 };

export class ExpertIndex {
  readonly #chain: Chain;
  readonly #usage: UsageStore;
  readonly #state: () => ServedState | undefined;
  /** Slot to its versions with usage: block to author. Made again when there are more versions, or another model. */
  #bySlot = new Map<string, Map<string, string>>();
  #indexed = { versions: -1, model: "" };
  /** Slots of experts by layer, of one state. */
  #layers: { readonly state: ServedState | undefined; readonly slots: ReadonlyMap<number, readonly string[]> } = {
    state: undefined,
    slots: new Map(),
  };

  constructor(chain: Chain, usage: UsageStore, state: () => ServedState | undefined) {
    this.#chain = chain;
    this.#usage = usage;
    this.#state = state;
  }

  /** Experts of the served model, by layer and number. */
  slots(): string[] {
    return [...this.#byLayer().values()].flat();
  }

  /** The head first, then other versions with usage. `undefined` when `slot` is no expert of the served model. */
  versions(slot: string): readonly ExpertVersion[] | undefined {
    const head = this.#state()?.heads.get(slot);
    if (head === undefined || parseSlot(slot)?.kind !== "expert") return undefined;
    this.#refresh();
    const others = [...(this.#bySlot.get(slot) ?? [])].filter(([block]) => block !== head.block);
    return [[head.block, head.author] as const, ...others].map(([block, author]) => ({
      block,
      author,
      usage: this.#usage.counters.get(block) ?? UNUSED,
    }));
  }

  layerTime(layer: number): LayerTime {
    const sum = { timedTokens: 0, computeMicros: 0 };
    for (const { usage } of this.#ofLayer(layer)) {
      sum.timedTokens += usage.timedTokens;
      sum.computeMicros += usage.computeMicros;
    }
    return sum;
  }

  usage(slot: string): ExpertUsage | undefined {
    const versions = this.versions(slot);
    const parsed = parseSlot(slot);
    if (versions === undefined || parsed?.kind !== "expert") return undefined;
    const { layer, expert } = parsed;
    const layerMass = this.#ofLayer(layer).reduce((sum, { usage }) => sum + usage.gateMassMicro, 0);
    return describe(slot, layer, expert, versions, layerMass);
  }

  all(): ExpertUsage[] {
    const masses = new Map<number, number>();
    const experts = this.slots().map((slot) => ({ slot, versions: this.versions(slot) ?? [] }));
    const place = (slot: string) => parseSlot(slot) as { layer: number; expert: number };
    for (const { slot, versions } of experts) {
      const { layer } = place(slot);
      masses.set(layer, (masses.get(layer) ?? 0) + versions.reduce((sum, { usage }) => sum + usage.gateMassMicro, 0));
    }
    return experts.map(({ slot, versions }) => {
      const { layer, expert } = place(slot);
      return describe(slot, layer, expert, versions, masses.get(layer) as number);
    });
  }

  #ofLayer(layer: number): ExpertVersion[] {
    return (this.#byLayer().get(layer) ?? []).flatMap((slot) => this.versions(slot) ?? []);
  }

  #byLayer(): ReadonlyMap<number, readonly string[]> {
    const state = this.#state();
    if (this.#layers.state !== state) {
      const slots = [...(state?.heads.keys() ?? [])].filter((slot) => parseSlot(slot)?.kind === "expert");
      this.#layers = { state, slots: Map.groupBy(slots, (slot) => (parseSlot(slot) as { layer: number }).layer) };
    }
    return this.#layers.slots;
  }

  #refresh(): void {
    const { counters } = this.#usage;
    const model = this.#state()?.model;
    if (model === undefined) return;
    if (this.#indexed.versions === counters.size && this.#indexed.model === model.idHex) return;
    this.#indexed = { versions: counters.size, model: model.idHex };
    this.#bySlot = new Map();
    for (const block of counters.keys()) {
      const header = this.#chain.dag.block(hashFromHex(block))?.header;
      if (header?.slot == null || header.model === null || !bytesEqual(header.model, model.id)) continue;
      const ofSlot = this.#bySlot.get(header.slot) ?? new Map<string, string>();
      this.#bySlot.set(header.slot, ofSlot);
      ofSlot.set(block, toHex(header.author));
    }
  }
}

function describe(
  slot: string,
  layer: number,
  expert: number,
  versions: readonly ExpertVersion[],
  layerMass: number,
): ExpertUsage {
  const sum = (name: Exclude<keyof VersionUsage, "lastUsedMs">): number =>
    versions.reduce((total, { usage }) => total + usage[name], 0);
  const mean = (micros: number, count: number): number | null => (count > 0 ? micros / count / 1000 : null);
  const head = versions[0] as ExpertVersion;
  const gateMass = sum("gateMassMicro");
  const lastUsedMs = Math.max(...versions.map(({ usage }) => usage.lastUsedMs));
  return {
    slot,
    layer,
    expert,
    block: head.block,
    author: head.author,
    activations: sum("tokens"),
    gateMass: gateMass / 1e6,
    routedShare: layerMass > 0 ? gateMass / layerMass : 0,
    requests: sum("requests"),
    loads: sum("loads"),
    loadMs: mean(sum("loadMicros"), sum("loads")),
    latencyMs: mean(sum("computeMicros"), sum("timedTokens")),
    lastUsedMs: lastUsedMs > 0 ? lastUsedMs : null,
    versions: versions.map(({ block, author, usage }) => ({
      block,
      author,
      activations: usage.tokens,
      gateMass: usage.gateMassMicro / 1e6,
    })),
  };
}
