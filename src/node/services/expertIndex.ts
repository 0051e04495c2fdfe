/**
 * Which versions of which expert have usage, in memory: answers take no disk access. A version belongs to the slot of
 * its block; those of models that are not served are left out.
 */
import type { ExpertUsage } from "../../api/services/experts.ts";
import type { Chain } from "../../chain/chain.ts";
import { NO_USAGE, type VersionUsage } from "../../chain/usage/usageCounts.ts";
import type { UsageStore } from "../../chain/usage/usageStore.ts";
import { bytesEqual, hashFromHex, toHex } from "../../core/bytes.ts";
import { parseSlot } from "../../core/slot.ts";
import type { ServedState } from "../model/servedState.ts";

export interface ExpertVersion {
  readonly block: string;
  readonly author: string;
  readonly usage: VersionUsage;
}

/** Sums over all versions of all experts of a layer. */
export interface LayerUsage {
  readonly gateMassMicro: number;
  /** Tokens whose time was measured, and that time. */
  readonly timedTokens: number;
  readonly computeMicros: number;
}

/** Where the experts of a state are. */
interface Places {
  readonly state: ServedState | undefined;
  /** By slot. */
  readonly bySlot: ReadonlyMap<string, { readonly layer: number; readonly expert: number }>;
  readonly slotsOfLayer: ReadonlyMap<number, readonly string[]>;
  /** By layer and number. */
  readonly slots: readonly string[];
}

interface Known {
  readonly slot: string;
  readonly author: string;
}

const UNUSED: VersionUsage = { ...NO_USAGE, lastUsedMs: 0 };

export class ExpertIndex {
  readonly #chain: Chain;
  readonly #usage: UsageStore;
  readonly #state: () => ServedState | undefined;
  /** Slot to its versions with usage: block to author. Made again when versions come or go, or with another model. */
  #bySlot = new Map<string, Map<string, string>>();
  /** What is known of blocks with usage; `null` when it is of another model. */
  #known = new Map<string, Known | null>();
  #indexed = { memberships: -1, model: "" };
  #places: Places = { state: undefined, bySlot: new Map(), slotsOfLayer: new Map(), slots: [] };
  /** Sums by layer as of one event and state. */
  #layers = { sequence: -1, memberships: -1, places: this.#places, sums: new Map<number, LayerUsage>() };

  constructor(chain: Chain, usage: UsageStore, state: () => ServedState | undefined) {
    this.#chain = chain;
    this.#usage = usage;
    this.#state = state;
  }

  /** Experts of the served model, by layer and number. */
  slots(): readonly string[] {
    return this.#placesNow().slots;
  }

  /** The head first, then other versions with usage. `undefined` when `slot` is no expert of the served model. */
  versions(slot: string): readonly ExpertVersion[] | undefined {
    const head = this.head(slot);
    if (head === undefined) return undefined;
    this.#refresh();
    const versions = [head];
    for (const [block, author] of this.#bySlot.get(slot) ?? []) {
      if (block !== head.block) versions.push(this.#version(block, author));
    }
    return versions;
  }

  /** The first of `versions`. */
  head(slot: string): ExpertVersion | undefined {
    const head = this.#placesNow().bySlot.has(slot) ? this.#state()?.heads.get(slot) : undefined;
    return head && this.#version(head.block, head.author);
  }

  /** Of the layer of `slot`; all 0 when that is no expert of the served model. */
  layerUsage(slot: string): LayerUsage {
    const places = this.#placesNow();
    const { sequence, memberships } = this.#usage;
    const of = this.#layers;
    if (of.sequence !== sequence || of.memberships !== memberships || of.places !== places) {
      this.#layers = { sequence, memberships, places, sums: new Map() };
    }
    const layer = places.bySlot.get(slot)?.layer ?? -1;
    const known = this.#layers.sums.get(layer);
    if (known !== undefined) return known;
    const sums = this.#sumLayer(places.slotsOfLayer.get(layer) ?? []);
    this.#layers.sums.set(layer, sums);
    return sums;
  }

  usage(slot: string): ExpertUsage | undefined {
    const versions = this.versions(slot);
    const place = this.#placesNow().bySlot.get(slot);
    if (versions === undefined || place === undefined) return undefined;
    return describe(slot, place, versions, this.layerUsage(slot).gateMassMicro);
  }

  all(): ExpertUsage[] {
    return this.slots().flatMap((slot) => this.usage(slot) ?? []);
  }

  #version(block: string, author: string): ExpertVersion {
    return { block, author, usage: this.#usage.counters.get(block) ?? UNUSED };
  }

  #sumLayer(slots: readonly string[]): LayerUsage {
    const sum = { gateMassMicro: 0, timedTokens: 0, computeMicros: 0 };
    for (const slot of slots) {
      for (const { usage } of this.versions(slot) ?? []) {
        sum.gateMassMicro += usage.gateMassMicro;
        sum.timedTokens += usage.timedTokens;
        sum.computeMicros += usage.computeMicros;
      }
    }
    return sum;
  }

  #placesNow(): Places {
    const state = this.#state();
    if (this.#places.state === state) return this.#places;
    const bySlot = new Map<string, { readonly layer: number; readonly expert: number }>();
    for (const slot of state?.heads.keys() ?? []) {
      const parsed = parseSlot(slot);
      if (parsed?.kind === "expert") bySlot.set(slot, { layer: parsed.layer, expert: parsed.expert });
    }
    const slotsOfLayer = Map.groupBy(bySlot.keys(), (slot) => bySlot.get(slot)?.layer as number);
    const slots = [...bySlot].sort(([, a], [, b]) => a.layer - b.layer || a.expert - b.expert).map(([slot]) => slot);
    this.#places = { state, bySlot, slotsOfLayer, slots };
    return this.#places;
  }

  #refresh(): void {
    const { counters, memberships } = this.#usage;
    const model = this.#state()?.model;
    if (model === undefined) return;
    if (this.#indexed.memberships === memberships && this.#indexed.model === model.idHex) return;
    const before = this.#indexed.model === model.idHex ? this.#known : new Map<string, Known | null>();
    this.#indexed = { memberships, model: model.idHex };
    this.#known = new Map();
    this.#bySlot = new Map();
    for (const block of counters.keys()) {
      const known = before.has(block) ? before.get(block) : this.#lookUp(block, model.id);
      if (known === undefined) continue;
      this.#known.set(block, known);
      if (known === null) continue;
      const ofSlot = this.#bySlot.get(known.slot) ?? new Map<string, string>();
      this.#bySlot.set(known.slot, ofSlot);
      ofSlot.set(block, known.author);
    }
  }

  /** `null` when the block is of another model, `undefined` when it is not here. */
  #lookUp(block: string, model: Uint8Array): Known | null | undefined {
    const header = this.#chain.dag.block(hashFromHex(block))?.header;
    if (header === undefined) return undefined;
    if (header.slot === null || header.model === null || !bytesEqual(header.model, model)) return null;
    return { slot: header.slot, author: toHex(header.author) };
  }
}

function describe(
  slot: string,
  { layer, expert }: { readonly layer: number; readonly expert: number },
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
    versionCount: versions.length,
  };
}
