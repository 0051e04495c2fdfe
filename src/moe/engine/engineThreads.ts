/**
 * The threads of one engine: the leader, which takes calls, and those that follow it. They live and die together: when
 * one of them ends unasked the others are ended, for each waits for what the others compute.
 */
import type { Worker } from "node:worker_threads";
import { startComputingThread } from "./computingThread.ts";
import { startFollower } from "./followers.ts";
import type { FromWorker, ToWorker, WorkerStart } from "./protocol.ts";

export interface EngineThreadsListener {
  message(message: FromWorker): void;
  /** A thread threw. */
  failed(error: Error): void;
  /** All threads are gone. @param exitCode of the one that went first */
  ended(exitCode: number): void;
}

/** When one thread has finished the others were told to, and have little left to do. */
const FINISH_GRACE_MS = 5_000;
/**
 * When one has died the others soon stand still, waiting for it. To end a thread in the middle of native work may end
 * the process.
 */
const DEATH_GRACE_MS = 500;

export class EngineThreads {
  readonly #workers: readonly [leader: Worker, ...followers: Worker[]];

  constructor(start: Omit<WorkerStart, "followers">, listener: EngineThreadsListener) {
    const { threads, cacheFolder } = start.options;
    const followers = Array.from({ length: threads - 1 }, () => startFollower(cacheFolder));
    const links = followers.map(({ link }) => link);
    const workerData: WorkerStart = { ...start, followers: links };
    const leader = startComputingThread({
      name: "engine",
      modules: ["./engineWorker.ts"],
      cacheFolder,
      workerData,
      transferList: links.map(({ port }) => port),
    });
    leader.on("message", (message: FromWorker) => listener.message(message));
    this.#workers = [leader, ...followers.map(({ worker }) => worker)];
    let firstCode: number | undefined;
    let running = this.#workers.length;
    let grace: NodeJS.Timeout | undefined;
    for (const worker of this.#workers) {
      worker.on("error", (error) => listener.failed(error));
      worker.once("exit", (exitCode) => {
        firstCode ??= exitCode;
        running--;
        if (running === 0) {
          clearTimeout(grace);
          listener.ended(firstCode);
        } else grace ??= setTimeout(() => void this.terminate(), exitCode === 0 ? FINISH_GRACE_MS : DEATH_GRACE_MS);
      });
    }
  }

  post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#workers[0].postMessage(message, transfer);
  }

  /** Ends all threads, wherever they are. */
  async terminate(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
