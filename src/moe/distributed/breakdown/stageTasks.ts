/**
 * One update over stages: each stage runs its layers forward and backward for every micro-batch, and hands hidden states
 * up and their gradients down.
 */
import type { PlanTask } from "./plan.ts";
import type { WorkerFacts } from "./task.ts";
import { reduceTasks, sendTask } from "./transfer.ts";
import { updateTask } from "./wholeModel.ts";

export interface StageCost {
  readonly worker: WorkerFacts;
  /** Of one sequence. */
  readonly forwardFlops: number;
  /** 0: nothing in it or below it is trained. */
  readonly backwardFlops: number;
  readonly trainedBytes: number;
}

export type StageStep = readonly ["forward" | "backward", number];

/** One after the other: a micro-batch goes up and down before the next begins. */
export function sequentialOrder(microBatches: number): StageStep[] {
  return Array.from({ length: microBatches }, (_, b): StageStep[] => [
    ["forward", b],
    ["backward", b],
  ]).flat();
}

/**
 * One forward, one backward (Narayanan et al. 2019, https://doi.org/10.1145/3341301.3359646): a stage runs ahead by as
 * many micro-batches as there are stages from it on, so no more are in flight there.
 */
export function pipelineOrder(stage: number, stages: number, microBatches: number): StageStep[] {
  const ahead = Math.min(stages - stage, microBatches);
  const steps: StageStep[] = Array.from({ length: ahead }, (_, b) => ["forward", b]);
  for (let b = 0; b < microBatches; b++) {
    steps.push(["backward", b]);
    if (b + ahead < microBatches) steps.push(["forward", b + ahead]);
  }
  return steps;
}

/**
 * @param sizes sequences of each micro-batch
 * @param hiddenBytes of one sequence
 * @param order of each stage
 * @param tiedBytes gradient of a matrix that first and last stage both hold; 0: there is none
 */
export function stageTasks(
  stages: readonly StageCost[],
  sizes: readonly number[],
  hiddenBytes: number,
  order: (stage: number) => readonly StageStep[],
  tiedBytes: number,
): PlanTask[] {
  const tasks: PlanTask[] = [];
  const lastOf: string[] = [];
  for (const [s, stage] of stages.entries()) {
    const { worker } = stage;
    let before: string | undefined;
    for (const [kind, b] of order(s)) {
      const flops = kind === "forward" ? stage.forwardFlops : stage.backwardFlops;
      if (flops === 0 && kind === "backward") continue;
      const id = `${kind}:${s}:${b}`;
      const size = sizes[b] as number;
      const dependsOn = [...inputsOf(kind, s, b, stages), ...(before === undefined ? [] : [before])];
      const seconds = (size * flops) / worker.flopsPerSecond;
      tasks.push({ id, kind, worker: worker.id, dependsOn, seconds, sentBytes: 0 });
      const next = stages[kind === "forward" ? s + 1 : s - 1];
      if (next !== undefined && (kind === "forward" || next.backwardFlops > 0)) {
        tasks.push(sendTask(`${sendName(kind)}:${s}:${b}`, worker, next.worker, size * hiddenBytes, [id]));
      }
      before = id;
    }
    lastOf.push(before as string);
  }
  return [...tasks, ...updates(stages, lastOf, tiedBytes)];
}

function inputsOf(kind: StageStep[0], s: number, b: number, stages: readonly StageCost[]): string[] {
  if (kind === "forward") return s === 0 ? [] : [`hidden:${s - 1}:${b}`];
  return s === stages.length - 1 ? [`forward:${s}:${b}`] : [`forward:${s}:${b}`, `gradient:${s + 1}:${b}`];
}

function sendName(kind: StageStep[0]): string {
  return kind === "forward" ? "hidden" : "gradient";
}

function updates(stages: readonly StageCost[], lastOf: readonly string[], tiedBytes: number): PlanTask[] {
  const [first, last] = [0, stages.length - 1];
  const tied = tiedBytes > 0 && last > 0;
  const ends = [stages[first] as StageCost, stages[last] as StageCost].map(({ worker }) => worker);
  const waits = [lastOf[first] as string, lastOf[last] as string];
  const reduces = tied ? reduceTasks("tied", ends, tiedBytes, waits) : [];
  const own = stages.flatMap(({ worker, trainedBytes }, s) => {
    if (trainedBytes === 0) return [];
    const shared = tied && (s === first || s === last) ? reduces.map(({ id }) => id) : [];
    return [updateTask(`update:${s}`, worker, trainedBytes, [lastOf[s] as string, ...shared])];
  });
  return [...reduces, ...own];
}
