/**
 * The threads that follow the crew's leader. The caller's thread starts them together with the leader's, so that all
 * load their code at the same time; each then waits until the leader says which shards it holds, or that nobody needs it.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from "node:worker_threads";
import { startComputingThread } from "./computingThread.ts";
import type { ShardGroupOptions } from "./shardGroup.ts";

/** What both ends have of a follower. */
export interface FollowerLink {
  readonly port: MessagePort;
  /** One of `STAGES`. */
  readonly stage: Int32Array;
}

export interface StartedFollower {
  readonly worker: Worker;
  /** The leader's end, to be transferred to it. */
  readonly link: FollowerLink;
}

const STAGES = { waiting: 0, enlisted: 1, dismissed: 2 } as const;

export function startFollower(cacheFolder: string | undefined): StartedFollower {
  const { port1, port2 } = new MessageChannel();
  const stage = new Int32Array(new SharedArrayBuffer(4));
  const worker = startComputingThread({
    name: "engine follower",
    // The first one is nearly all there is; the second never returns.
    modules: ["./shardGroup.ts", "./crewWorker.ts"],
    cacheFolder,
    workerData: { port: port2, stage } satisfies FollowerLink,
    transferList: [port2],
  });
  return { worker, link: { port: port1, stage } };
}

/** Leader: says what a follower holds. It takes commands from now on. */
export function enlist({ port, stage }: FollowerLink, data: ShardGroupOptions): void {
  port.postMessage(data);
  leave(stage, STAGES.enlisted);
}

/** Leader: ends a follower that was never enlisted. */
export function dismiss({ port, stage }: FollowerLink): void {
  if (leave(stage, STAGES.dismissed)) port.close();
}

/** Follower: blocks until it is enlisted; `undefined` when it is dismissed. */
export function awaitEnlistment({ port, stage }: FollowerLink): ShardGroupOptions | undefined {
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
