/** What `ai-block run --json` prints, and the same in words on stderr. */
import * as z from "zod";
import type { AnswerEnd } from "../../moe/chat/answer.ts";
import type { Engine, EngineStats } from "../../moe/engine/engine.ts";
import type { ResolvedSamplingOptions } from "../../moe/sampling/options.ts";
import {
  describeExperts,
  ExpertsUsed,
  expertCacheJson,
  expertsUsedJson,
  modelJson,
  settingsJson,
  toExpertCacheJson,
  toModelJson,
  toSettingsJson,
} from "../engine/engineJson.ts";
import { countOf, formatDuration } from "../framework/format.ts";
import { countJson } from "../framework/json.ts";

const rateJson = z.number().nullable();

export const runJson = z.strictObject({
  model: modelJson,
  settings: settingsJson,
  seed: z.string().nullable().meta({ description: "an integer of 64 bits; null at temperature 0" }),
  sampling: z
    .strictObject({
      temperature: z.number(),
      topP: z.number(),
      topK: countJson,
      minP: z.number(),
      repetitionPenalty: z.number(),
      frequencyPenalty: z.number(),
      presencePenalty: z.number(),
    })
    .meta({ description: "the flags', else the model's own, else the defaults" }),
  promptIds: z.array(countJson),
  generatedIds: z.array(countJson),
  text: z.string().nullable().meta({ description: "the answer without special tokens; null without a tokenizer" }),
  finishReason: z.enum(["stop", "length"]),
  stop: z.string().nullable().meta({ description: "the stop string that ended the answer" }),
  stopId: countJson.nullable().meta({ description: "the end token that the model chose; not among generatedIds" }),
  timings: z.strictObject({
    loadMs: z.number().meta({ description: "from the start of the command until the model could be used" }),
    firstTokenMs: z.number().meta({ description: "from then to the first token" }),
    decodeMs: z.number().meta({ description: "from the first token to the last" }),
    promptTokensPerSecond: rateJson,
    tokensPerSecond: rateJson.meta({ description: "of the tokens after the first" }),
  }),
  expertCache: expertCacheJson,
  expertsUsed: expertsUsedJson,
});

export type RunJson = z.infer<typeof runJson>;

export interface Outcome {
  readonly path: string;
  readonly engine: Engine;
  readonly stats: EngineStats;
  readonly loadMs: number;
  readonly sampling: ResolvedSamplingOptions;
  readonly promptIds: readonly number[];
  readonly generatedIds: readonly number[];
  readonly text: string | undefined;
  readonly end: AnswerEnd;
}

export function toRunJson(outcome: Outcome): RunJson {
  const { path, engine, stats, loadMs, sampling, promptIds, generatedIds, text, end } = outcome;
  const { temperature, topP, topK, minP, repetitionPenalty, frequencyPenalty, presencePenalty } = sampling;
  const used = new ExpertsUsed();
  used.addSlots(stats.expertsAsked);
  return {
    model: toModelJson(path, engine),
    settings: toSettingsJson(engine),
    seed: temperature === 0 ? null : String(sampling.seed),
    sampling: { temperature, topP, topK, minP, repetitionPenalty, frequencyPenalty, presencePenalty },
    promptIds: [...promptIds],
    generatedIds: [...generatedIds],
    text: text ?? null,
    finishReason: end.reason,
    stop: end.stop ?? null,
    stopId: end.stopId ?? null,
    timings: { loadMs: rounded(loadMs), ...timingsOf(end) },
    expertCache: toExpertCacheJson(engine, stats),
    expertsUsed: used.toJson().map(({ layer, experts }) => ({ layer, experts: [...experts] })),
  };
}

/** Two lines: speed, and experts. */
export function describeRun(engine: Engine, stats: EngineStats, end: AnswerEnd): string[] {
  const { firstTokenMs, promptTokensPerSecond, tokensPerSecond } = timingsOf(end);
  const reused = end.reusedTokens === undefined || end.reusedTokens === 0 ? "" : ` (${end.reusedTokens} reused)`;
  const parts = [
    `${countOf(end.promptTokens, "prompt token")}${reused}${perSecond(promptTokensPerSecond)}`,
    `${countOf(end.generatedTokens, "token")}${perSecond(tokensPerSecond)}`,
    ...(end.generatedTokens > 0 ? [`first after ${formatDuration(firstTokenMs)}`] : []),
  ];
  return [parts.join(", "), describeExperts(toExpertCacheJson(engine, stats))];
}

function timingsOf(end: AnswerEnd): Omit<RunJson["timings"], "loadMs"> {
  const { firstTokenMs, decodeMs, generatedTokens, promptTokens, reusedTokens = 0 } = end;
  return {
    firstTokenMs: rounded(firstTokenMs),
    decodeMs: rounded(decodeMs),
    promptTokensPerSecond: rate(promptTokens - reusedTokens, generatedTokens > 0 ? firstTokenMs : 0),
    tokensPerSecond: rate(generatedTokens - 1, decodeMs),
  };
}

function perSecond(value: number | null): string {
  return value === null ? "" : ` at ${value.toFixed(1)}/s`;
}

function rate(count: number, ms: number): number | null {
  return count > 0 && ms > 0 ? rounded((count / ms) * 1000) : null;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
