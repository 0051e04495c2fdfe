/**
 * When the tasks of a phase run: each starts as soon as all that it depends on have ended and its worker is free. A
 * worker computes one task at a time, sends one and receives one; these three do not hinder each other.
 */
import { distributedError } from "../errors.ts";
import type { Phase, PlanTask } from "./plan.ts";

/**
 * The tasks in an order in which dependencies come first (Kahn 1962); it depends on the given order only.
 * Throws `plan_cyclic` for a circle, an unknown dependency, or two tasks of one id.
 */
export function topologicalOrder(tasks: readonly PlanTask[]): PlanTask[] {
  const waiting = new Map(tasks.map((task) => [task.id, new Set(task.dependsOn).size]));
  const followers = new Map<string, PlanTask[]>();
  if (waiting.size !== tasks.length) throw distributedError("plan_cyclic", "tasks: expected different ids");
  for (const task of tasks) {
    for (const id of new Set(task.dependsOn)) {
      if (!waiting.has(id)) {
        const text = `task ${task.id}: expected a task called ${id} to wait for, got none`;
        throw distributedError("plan_cyclic", text, { task: task.id });
      }
      const list = followers.get(id);
      if (list === undefined) followers.set(id, [task]);
      else list.push(task);
    }
  }
  const order = tasks.filter(({ id }) => waiting.get(id) === 0);
  for (let next = 0; next < order.length; next++) {
    for (const task of followers.get((order[next] as PlanTask).id) ?? []) {
      const left = (waiting.get(task.id) as number) - 1;
      waiting.set(task.id, left);
      if (left === 0) order.push(task);
    }
  }
  if (order.length === tasks.length) return order;
  const circle = tasks.filter(({ id }) => (waiting.get(id) as number) > 0).map(({ id }) => id);
  throw distributedError("plan_cyclic", `tasks: ${circle.length} of them wait for each other`, {
    tasks: circle.slice(0, 16),
  });
}

/** Throws `plan_cyclic`. */
export function phaseOf(name: Phase["name"], repeat: number, tasks: readonly PlanTask[]): Phase {
  const ordered = topologicalOrder(tasks);
  const ends = new Map<string, number>();
  const free = new Map<string, number>();
  let last = 0;
  for (const task of ordered) {
    const resources = resourcesOf(task);
    const after = [...task.dependsOn.map((id) => ends.get(id)), ...resources.map((resource) => free.get(resource))];
    const end = after.reduce<number>((latest, time) => Math.max(latest, time ?? 0), 0) + task.seconds;
    ends.set(task.id, end);
    for (const resource of resources) free.set(resource, end);
    last = Math.max(last, end);
  }
  return { name, repeat, tasks: ordered, seconds: last };
}

function resourcesOf({ kind, worker, to }: PlanTask): string[] {
  if (kind === "send") return [`up ${worker}`, `down ${to}`];
  return kind === "reduce" ? [`up ${worker}`, `down ${worker}`] : [`compute ${worker}`];
}
