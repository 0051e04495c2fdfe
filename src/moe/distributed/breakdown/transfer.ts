/** Tasks that move bytes between workers, and how long they take. */
import type { PlanTask } from "./plan.ts";
import type { WorkerFacts } from "./task.ts";

const MS_PER_SECOND = 1000;

/** The slower of both ends decides. */
function transferSeconds(from: WorkerFacts, to: WorkerFacts, bytes: number): number {
  const rate = Math.min(from.bytesPerSecond, to.bytesPerSecond);
  return bytes / rate + Math.max(from.latencyMs, to.latencyMs) / MS_PER_SECOND;
}

export function sendTask(
  id: string,
  from: WorkerFacts,
  to: WorkerFacts,
  bytes: number,
  dependsOn: readonly string[],
): PlanTask {
  const seconds = transferSeconds(from, to, bytes);
  return { id, kind: "send", worker: from.id, to: to.id, dependsOn, seconds, sentBytes: bytes };
}

/**
 * A sum over workers that all of them get, in a ring: each sends 2 (n - 1) pieces of 1/n of the bytes
 * (Patarasuk and Yuan 2009, https://doi.org/10.1016/j.jpdc.2008.09.002). One task for each worker; all wait for `dependsOn`.
 */
export function reduceTasks(
  name: string,
  workers: readonly WorkerFacts[],
  bytes: number,
  dependsOn: readonly string[],
): PlanTask[] {
  const messages = 2 * (workers.length - 1);
  const sentBytes = Math.ceil((messages * bytes) / workers.length);
  const rate = workers.reduce((least, { bytesPerSecond }) => Math.min(least, bytesPerSecond), Number.POSITIVE_INFINITY);
  const latencyMs = workers.reduce((most, worker) => Math.max(most, worker.latencyMs), 0);
  const seconds = sentBytes / rate + (messages * latencyMs) / MS_PER_SECOND;
  return workers.map(({ id }) => ({ id: `${name}:${id}`, kind: "reduce", worker: id, dependsOn, seconds, sentBytes }));
}

/** Who hands out the weights: the worker with the fastest connection, the first of equal ones. */
export function chooseCoordinator(workers: readonly WorkerFacts[]): WorkerFacts {
  return workers.reduce((best, worker) => (worker.bytesPerSecond > best.bytesPerSecond ? worker : best));
}
