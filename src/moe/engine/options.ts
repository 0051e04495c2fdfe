/** The engine's options: checked, with defaults filled in. */
import { availableParallelism, totalmem } from "node:os";
import { AiBlockError } from "../../core/errors.ts";
import { checkTopK } from "../model/routing.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { SlotSource } from "../slotSource.ts";
import { checkExecutionProvider } from "./executionProviders.ts";
import type { ExecutionProvider } from "./ort.ts";
import { SESSION_BYTES } from "./quantisation.ts";

export const PRECISIONS = ["f32", "q8", "q4"] as const;

/** How matrices are held and multiplied; everything else is float32. */
export type Precision = (typeof PRECISIONS)[number];

export interface EngineOptions {
  readonly source: SlotSource;
  /** Default `f32`. */
  readonly precision?: Precision;
  /** Default `cpu`. Others are refused with `execution_provider_unavailable` where they are not there. */
  readonly executionProvider?: ExecutionProvider;
  /** Computing threads, 1 to `shards`. Default: one for small models, otherwise one per core up to `shards`. */
  readonly threads?: number;
  /** Shares that every matrix is cut into, 1 to 16. Results depend on it, so it is part of a host's profile. Default 2. */
  readonly shards?: number;
  /** First and last layer that this engine holds. Default: all. */
  readonly layers?: readonly [first: number, last: number];
  /** Most bytes of experts in memory. Default: no limit. */
  readonly expertBudgetBytes?: number;
  /** `false`: loads all experts at the start and keeps them. Default `true`: loads them as they are chosen. */
  readonly useMoe?: boolean;
  /** Experts per token, in place of the model's own number. */
  readonly topK?: number;
  /** Loads experts ahead by asking the next layer's router. Default `false`. */
  readonly prefetch?: boolean;
  /** Folder for prepared weights of `q8` and `q4`. Default: a folder in the system's temporary one. */
  readonly cacheFolder?: string;
  /**
   * Slots are quantised where that saves at least so many bytes; a session of their own takes 120 kB in every shard.
   * Default: what those take. 0 quantises everything that can be, for tests.
   */
  readonly minQuantisedSaving?: number;
  /** Sequences that are computed together; more wait. 1 to 256, default 16. */
  readonly maxSequences?: number;
  /** Positions of prompts in one step. 1 to 4096, default 256. */
  readonly prefillRows?: number;
  /** Most bytes of keys and values of all sequences. Default: a quarter of the machine's memory. */
  readonly kvBudgetBytes?: number;
}

/** Plain data that the engine's worker starts from. */
export interface ResolvedOptions {
  readonly precision: Precision;
  readonly executionProvider: ExecutionProvider;
  readonly threads: number;
  readonly shards: number;
  readonly firstLayer: number;
  readonly lastLayer: number;
  readonly expertBudgetBytes: number;
  readonly useMoe: boolean;
  readonly topK: number;
  readonly prefetch: boolean;
  readonly cacheFolder: string | undefined;
  readonly minSavedBytes: number;
  readonly maxSequences: number;
  readonly prefillRows: number;
  readonly kvBudgetBytes: number;
}

/** Below this width a step is over before a second thread has woken up. */
const SMALL_HIDDEN_SIZE = 512;

/** Throws `bad_engine_option` naming the option, `bad_top_k`, `execution_provider_unavailable`. */
export function resolveOptions(options: EngineOptions): ResolvedOptions {
  const { spec } = options.source;
  const layers = spec.layers.length;
  const [firstLayer, lastLayer] = options.layers ?? [0, layers - 1];
  integer("layers[0]", firstLayer, 0, layers - 1);
  integer("layers[1]", lastLayer, firstLayer, layers - 1);
  const shards = integer("shards", options.shards ?? 2, 1, 16);
  const precision = options.precision ?? "f32";
  if (!PRECISIONS.includes(precision)) throw bad("precision", `one of ${PRECISIONS.join(", ")}`, precision);
  const topK = options.topK ?? spec.experts.perToken;
  checkTopK(spec, topK);
  return {
    precision,
    executionProvider: checkExecutionProvider(options.executionProvider ?? "cpu"),
    shards,
    threads: integer("threads", options.threads ?? defaultThreads(spec, shards), 1, shards),
    firstLayer,
    lastLayer,
    expertBudgetBytes: bytes("expertBudgetBytes", options.expertBudgetBytes ?? Number.POSITIVE_INFINITY),
    useMoe: options.useMoe ?? true,
    topK,
    prefetch: options.prefetch ?? false,
    cacheFolder: options.cacheFolder,
    minSavedBytes: bytes("minQuantisedSaving", options.minQuantisedSaving ?? shards * SESSION_BYTES),
    maxSequences: integer("maxSequences", options.maxSequences ?? 16, 1, 256),
    prefillRows: integer("prefillRows", options.prefillRows ?? 256, 1, 4096),
    kvBudgetBytes: bytes("kvBudgetBytes", options.kvBudgetBytes ?? Math.floor(totalmem() / 4)),
  };
}

function defaultThreads(spec: ModelSpec, shards: number): number {
  return spec.hiddenSize < SMALL_HIDDEN_SIZE ? 1 : Math.min(availableParallelism(), shards);
}

function integer(name: string, value: number, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw bad(name, `an integer from ${min} to ${max}`, value);
}

function bytes(name: string, value: number): number {
  if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= 0)) return value;
  throw bad(name, "a number of bytes", value);
}

function bad(option: string, expected: string, got: unknown): AiBlockError {
  return new AiBlockError("bad_engine_option", `${option}: expected ${expected}, got ${String(got)}`, { option });
}
