/** What a trainer is told, checked and with its defaults. */
import { availableParallelism } from "node:os";
import type { Slot } from "../../core/slot.ts";
import type { ExecutionProvider } from "../engine/ort.ts";
import type { PartName } from "../model/parts.ts";
import type { ModelSpec } from "../model/spec.ts";
import { trainingError } from "./errors.ts";
import { type AdamwOptions, type AdamwSettings, adamwSettings } from "./optimizer/adamw.ts";
import { checkSchedule, type Schedule } from "./optimizer/schedule.ts";

export type TrainingMode =
  /** All parameters; `router: "frozen"` leaves the routers as they are. Default `trained`. */
  | { readonly kind: "all"; readonly router?: "trained" | "frozen" }
  /** The matrices of one expert. */
  | { readonly kind: "expert"; readonly layer: number; readonly expert: number };

export interface TrainingOptions {
  /** Default: all parameters. */
  readonly mode?: TrainingMode;
  readonly optimizer?: AdamwOptions;
  /** Default: a constant learning rate of 1e-3. */
  readonly schedule?: Schedule;
  /** Largest norm of a step's gradient: longer ones are scaled down to it. Default: no clipping. */
  readonly clipNorm?: number;
  /** Factor of the load-balancing loss. Default 0; only when all parameters are trained. */
  readonly auxiliaryLoss?: number;
  /** Training threads, each with one share of every batch. Default: one for each core on `cpu`, else one. */
  readonly threads?: number;
  /** Default `cpu`. */
  readonly executionProvider?: ExecutionProvider;
  /** Keep what matrix products give for the backward pass; `false` needs less memory and more time. Default true. */
  readonly keepActivations?: boolean;
  /** Memory of each thread for what lies below the trained expert. Default 256 MiB. */
  readonly maxPrefixBytes?: number;
}

export interface TrainingSettings {
  readonly mode: TrainingMode;
  readonly optimizer: AdamwSettings;
  readonly schedule: Schedule;
  readonly clipNorm: number | undefined;
  readonly auxiliaryLoss: number;
  readonly threads: number;
  readonly executionProvider: ExecutionProvider;
  readonly keepActivations: boolean;
  readonly maxPrefixBytes: number;
}

const MAX_THREADS = 64;

/** Throws `training_option_invalid`, naming the option, and `expert_missing`. */
export function trainingSettings(spec: ModelSpec, options: TrainingOptions): TrainingSettings {
  const executionProvider = options.executionProvider ?? "cpu";
  const settings: TrainingSettings = {
    mode: options.mode ?? { kind: "all" },
    optimizer: adamwSettings(options.optimizer),
    schedule: options.schedule ?? { learningRate: 1e-3 },
    clipNorm: options.clipNorm,
    auxiliaryLoss: options.auxiliaryLoss ?? 0,
    threads: options.threads ?? (executionProvider === "cpu" ? Math.min(availableParallelism(), MAX_THREADS) : 1),
    executionProvider,
    keepActivations: options.keepActivations ?? true,
    maxPrefixBytes: options.maxPrefixBytes ?? 256 * 1024 * 1024,
  };
  const { optimizer, clipNorm, auxiliaryLoss, threads, mode, maxPrefixBytes } = settings;
  checkSchedule(settings.schedule);
  checkRange(
    "threads",
    threads,
    Number.isSafeInteger(threads) && threads >= 1 && threads <= MAX_THREADS,
    `1 to ${MAX_THREADS}`,
  );
  checkRange("clipNorm", clipNorm, clipNorm === undefined || clipNorm > 0, "a positive number");
  checkRange(
    "auxiliaryLoss",
    auxiliaryLoss,
    auxiliaryLoss >= 0 && Number.isFinite(auxiliaryLoss),
    "a number from 0 on",
  );
  checkRange("maxPrefixBytes", maxPrefixBytes, maxPrefixBytes >= 0, "a number from 0 on");
  for (const beta of optimizer.betas)
    checkRange("optimizer.betas", beta, beta >= 0 && beta < 1, "numbers from 0 to below 1");
  checkRange("optimizer.epsilon", optimizer.epsilon, optimizer.epsilon > 0, "a positive number");
  checkRange("optimizer.weightDecay", optimizer.weightDecay, optimizer.weightDecay >= 0, "a number from 0 on");
  if (mode.kind === "expert") {
    checkRange("auxiliaryLoss", auxiliaryLoss, auxiliaryLoss === 0, "0 when one expert is trained");
    checkExpert(spec, mode.layer, mode.expert);
  }
  return settings;
}

/** The slots and parts that a mode trains. What only steers a choice has no gradient and is never trained. */
export function trainedBy(mode: TrainingMode): (slot: Slot, part: PartName) => boolean {
  return (slot, part) => {
    if (part === "router.correction") return false;
    if (mode.kind === "all") return slot.kind !== "router" || mode.router !== "frozen";
    return slot.kind === "expert" && slot.layer === mode.layer && slot.expert === mode.expert;
  };
}

function checkExpert(spec: ModelSpec, layer: number, expert: number): void {
  if (
    spec.layers[layer]?.feedForward === "experts" &&
    Number.isInteger(expert) &&
    expert >= 0 &&
    expert < spec.experts.count
  )
    return;
  const text = `mode: expected an expert of the model, got layer ${layer}, expert ${expert}`;
  throw trainingError("expert_missing", text, { layer, expert });
}

function checkRange(name: string, value: unknown, ok: boolean, expected: string): void {
  if (ok) return;
  throw trainingError("training_option_invalid", `${name}: expected ${expected}, got ${value}`, { option: name });
}
