/** What the trainer asks its threads to do, and what they answer. */
import type { ErrorData } from "../../../core/errors.ts";
import type { ExecutionProvider } from "../../engine/ort.ts";
import type { ModelSpec } from "../../model/spec.ts";
import type { Batch } from "../batch/batch.ts";
import type { ParameterLayout } from "../memory/layout.ts";
import type { AdamwSettings } from "../optimizer/adamw.ts";
import type { TrainingMemory } from "./memory.ts";
import type { UpdateCommand } from "./update.ts";

/** Which expert is trained when it is one. */
export interface ExpertChoice {
  readonly layer: number;
  readonly expert: number;
}

export interface ThreadSetup {
  readonly spec: ModelSpec;
  readonly layout: ParameterLayout;
  readonly memory: TrainingMemory;
  readonly thread: number;
  readonly expert: ExpertChoice | undefined;
  readonly optimizer: AdamwSettings;
  /** Factor of the load-balancing loss; 0: none. */
  readonly auxiliaryLoss: number;
  readonly executionProvider: ExecutionProvider;
  /** Threads inside onnxruntime. */
  readonly runThreads: number;
  readonly keepActivations: boolean;
  readonly maxPrefixBytes: number;
}

/** A micro-batch as one thread sees it. */
export interface MicroBatch {
  /** This thread's sequences; absent: it has none. */
  readonly part: Batch | undefined;
  /** Positions of the whole micro-batch, in all threads. */
  readonly positions: number;
}

export type ThreadCommand =
  | { readonly kind: "loss"; readonly microBatches: readonly MicroBatch[] }
  | {
      readonly kind: "gradients";
      readonly microBatches: readonly MicroBatch[];
      /** Of all micro-batches together. */
      readonly targets: number;
      readonly positions: number;
      /** Absent: gradients are computed and nothing is changed. */
      readonly update: UpdateCommand | undefined;
    };

export interface ThreadResult {
  /** By micro-batch: loss sums of this thread's sequences. */
  readonly lossSums: readonly Float64Array[];
  /** By layer and expert: positions of this thread's sequences that went there. Empty when one expert is trained. */
  readonly expertPositions: readonly Float64Array[];
  /** Over all threads. */
  readonly auxiliaryLoss: number;
  readonly gradientNorm: number;
}

export type ThreadAnswer =
  | { readonly kind: "done"; readonly result: ThreadResult }
  | { readonly kind: "failed"; readonly code: string | undefined; readonly message: string; readonly data: ErrorData };
