/** What the commands that run a model say about it and about its experts. */
import * as z from "zod";
import { parseSlot } from "../../core/slot.ts";
import type { Engine, EngineStats } from "../../moe/engine/engine.ts";
import { formatBytes, formatCount } from "../framework/format.ts";
import { countJson } from "../framework/json.ts";

export const modelJson = z.strictObject({
  path: z.string(),
  architecture: z.string(),
  layers: countJson,
  experts: countJson.meta({ description: "in each layer that has some" }),
  expertsPerToken: countJson.meta({ description: "as used here" }),
  vocabSize: countJson,
  maxPositions: countJson,
});

export const settingsJson = z.strictObject({
  precision: z.string(),
  executionProvider: z.string(),
  threads: countJson,
  shards: countJson.meta({ description: "shares of every matrix; the last digits of numbers depend on it" }),
  layers: z.array(countJson).meta({ description: "first and last" }),
  useMoe: z.boolean().meta({ description: "false: every expert was loaded at the start" }),
});

export const expertCacheJson = z.strictObject({
  experts: countJson.meta({ description: "of the model" }),
  loadedExperts: countJson.meta({ description: "different ones that were ever loaded" }),
  hits: countJson.meta({ description: "asked for and there" }),
  loads: countJson.meta({ description: "asked for and read" }),
  prefetches: countJson,
  usefulPrefetches: countJson,
  evictions: countJson,
  residentBytes: countJson,
  peakBytes: countJson,
  budgetBytes: countJson.nullable(),
});

export type ExpertCacheJson = z.infer<typeof expertCacheJson>;

export function toModelJson(path: string, { spec, options }: Engine): z.infer<typeof modelJson> {
  const { architecture, layers, experts, vocabSize, maxPositions } = spec;
  return {
    path,
    architecture,
    layers: layers.length,
    experts: experts.count,
    expertsPerToken: options.topK,
    vocabSize,
    maxPositions,
  };
}

export function toSettingsJson({ options }: Engine): z.infer<typeof settingsJson> {
  const { precision, executionProvider, threads, shards, firstLayer, lastLayer, useMoe } = options;
  return { precision, executionProvider, threads, shards, layers: [firstLayer, lastLayer], useMoe };
}

export function toExpertCacheJson(engine: Engine, stats: EngineStats): ExpertCacheJson {
  const { hits, loads, prefetches, usefulPrefetches, evictions, residentBytes, peakBytes } = stats.experts;
  const { expertBudgetBytes, useMoe } = engine.options;
  const experts =
    engine.spec.layers.filter(({ feedForward }) => feedForward === "experts").length * engine.spec.experts.count;
  return {
    experts,
    // Without selective loading no router is asked.
    loadedExperts: useMoe ? new Set([...stats.expertsAsked, ...stats.expertsPrefetched]).size : experts,
    hits,
    loads,
    prefetches,
    usefulPrefetches,
    evictions,
    residentBytes,
    peakBytes,
    budgetBytes: Number.isFinite(expertBudgetBytes) ? expertBudgetBytes : null,
  };
}

/** `experts: 18 of 24 loaded, 153 hits, 18 loads, 0 evictions, 1.20 MiB at most`. */
export function describeExperts(cache: ExpertCacheJson): string {
  const { experts, loadedExperts, hits, loads, prefetches, usefulPrefetches, evictions, peakBytes } = cache;
  const parts = [
    `${formatCount(loadedExperts)} of ${formatCount(experts)} loaded`,
    `${formatCount(hits)} hits`,
    `${formatCount(loads)} loads`,
    ...(prefetches > 0 ? [`${formatCount(prefetches)} prefetches (${formatCount(usefulPrefetches)} useful)`] : []),
    `${formatCount(evictions)} evictions`,
    `${formatBytes(peakBytes)} at most`,
  ];
  return `experts: ${parts.join(", ")}`;
}

/** Experts that routers have chosen, by layer. */
export class ExpertsUsed {
  readonly #byLayer = new Map<number, Map<number, number>>();

  add(layer: number, experts: readonly number[]): void {
    const counts = this.#byLayer.get(layer) ?? new Map<number, number>();
    this.#byLayer.set(layer, counts);
    for (const expert of experts) counts.set(expert, (counts.get(expert) ?? 0) + 1);
  }

  /** From the names of slots, without how often. */
  addSlots(slots: readonly string[]): void {
    for (const name of slots) {
      const slot = parseSlot(name);
      if (slot?.kind === "expert") this.add(slot.layer, [slot.expert]);
    }
  }

  toJson(): { readonly layer: number; readonly experts: readonly number[] }[] {
    const layers = [...this.#byLayer].sort(([a], [b]) => a - b);
    return layers.map(([layer, counts]) => ({ layer, experts: [...counts.keys()].sort((a, b) => a - b) }));
  }
}

export const expertsUsedJson = z
  .array(z.strictObject({ layer: countJson, experts: z.array(countJson) }))
  .meta({ description: "experts that the routers chose for any position" });
