/** What a plan says: who holds what, and who does what in which order. */
export const STRATEGIES = ["data_parallel", "model_parallel", "pipeline_parallel", "federated", "single_node"] as const;

export type Strategy = (typeof STRATEGIES)[number];

/** From `from` (inclusive) to `to` (exclusive). */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** One worker's part. */
export interface Subtask {
  readonly worker: string;
  /** Units of the model that it holds, in the order embedding, layers, head. */
  readonly units: Range;
  /** Slots of these units. */
  readonly slots: readonly string[];
  /** Sequences of the data that it trains on. */
  readonly sequences: Range;
  /** Sequences that it computes at once; further ones of an update follow, and their gradients are added up. */
  readonly microBatchSequences: number;
  /** Of one micro-batch, without and with hidden size: tokens come in, losses go out at the ends of the model. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly synchronisation: "none" | "gradient_mean" | "weight_mean" | "hidden_states";
  /** Weights, gradients, moments, and activations in flight. At most the worker's memory. */
  readonly memoryBytes: number;
  /** That it sends over the whole run. */
  readonly sentBytes: number;
}

export type TaskKind = "send" | "forward" | "backward" | "train" | "reduce" | "update" | "aggregate";

export interface PlanTask {
  /** Unique within its phase. */
  readonly id: string;
  readonly kind: TaskKind;
  readonly worker: string;
  /** Who gets what a `send` sends. */
  readonly to?: string;
  /** Ids of tasks of the same phase that must have ended. */
  readonly dependsOn: readonly string[];
  /** Estimated from the workers' facts. */
  readonly seconds: number;
  readonly sentBytes: number;
}

/** Tasks that are done `repeat` times. A phase begins when the one before it has ended, and so does a repetition. */
export interface Phase {
  readonly name: "prepare" | "step" | "round" | "collect";
  readonly repeat: number;
  /** In an order in which no task comes before one that it depends on. */
  readonly tasks: readonly PlanTask[];
  /** Estimate for one repetition. */
  readonly seconds: number;
}

export interface CoordinationPlan {
  /** The worker that has the weights at the beginning and at the end. */
  readonly coordinator: string;
  readonly phases: readonly Phase[];
  /** Of all phases with their repetitions. */
  readonly seconds: number;
}

export interface TrainingPlan {
  readonly strategy: Strategy;
  readonly subtasks: readonly Subtask[];
  /** Workers without a part, and why. */
  readonly leftOut: readonly { readonly worker: string; readonly reason: string }[];
  readonly coordination: CoordinationPlan;
}
