/**
 * The threads that follow the crew's leader. They start before there is anything to do, so that they load their code
 * while the leader loads its own; then each waits until it is told which shards it holds, or that nobody needs it.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { FollowerStart } from "./crewMessages.ts";
import type { ShardGroupOptions } from "./shardGroup.ts";
import { COMPUTING_THREAD_LIMITS } from "./threadLimits.ts";

export interface Follower {
  readonly worker: Worker;
  readonly port: MessagePort;
  /** One of `STAGES`. */
  readonly stage: Int32Array;
  readonly exited: Promise<void>;
}

const STAGES = { waiting: 0, enlisted: 1, dismissed: 2 } as const;

/** Leader. Call before loading anything large. */
export function startFollowers(count: number, cacheFolder: string | undefined): Follower[] {
  return Array.from({ length: count }, () => {
    const { port1, port2 } = new MessageChannel();
    const stage = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(new URL("./crewThread.ts", import.meta.url), {
      workerData: { port: port2, stage, cacheFolder } satisfies FollowerStart,
      transferList: [port2],
      resourceLimits: COMPUTING_THREAD_LIMITS,
    });
    const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    port1.unref();
    return { worker, port: port1, stage, exited };
  });
}

/** Leader: says what a follower holds. It takes commands from now on. */
export function enlist({ port, stage }: Follower, data: ShardGroupOptions): void {
  port.postMessage(data);
  leave(stage, STAGES.enlisted);
}

/** Leader: ends a follower that was never enlisted. */
export function dismiss({ port, stage }: Follower): void {
  if (!leave(stage, STAGES.dismissed)) return;
  port.close();
}

/** Follower: blocks until it is enlisted; `undefined` when it is dismissed. */
export function awaitEnlistment({ port, stage }: FollowerStart): ShardGroupOptions | undefined {
  Atomics.wait(stage, 0, STAGES.waiting);
  if (Atomics.load(stage, 0) === STAGES.dismissed) return undefined;
  return (receiveMessageOnPort(port) as { message: ShardGroupOptions }).message;
}

/** Whether it was waiting until now. */
function leave(stage: Int32Array, next: number): boolean {
  const wasWaiting = Atomics.compareExchange(stage, 0, STAGES.waiting, next) === STAGES.waiting;
  Atomics.notify(stage, 0);
  return wasWaiting;
}
