/**
 * Where the training threads wait for each other, in shared memory. A thread that fails or is told to stop releases the
 * others: nobody waits for one that will not come.
 */
import { trainingError } from "../errors.ts";

/** Words of the shared control array. */
const ARRIVED = 0;
const ROUND = 1;
const STOPPED = 2;
const ABORTED = 3;
export const CONTROL_WORDS = 4;

export class Barrier {
  readonly #control: Int32Array;
  readonly #threads: number;

  constructor(control: Int32Array, threads: number) {
    this.#control = control;
    this.#threads = threads;
  }

  /** Returns when all threads have come here. Throws `training_aborted` when one of them stopped instead. */
  wait(): void {
    const round = Atomics.load(this.#control, ROUND);
    if (Atomics.load(this.#control, STOPPED) !== 0) throw stopped();
    if (Atomics.add(this.#control, ARRIVED, 1) === this.#threads - 1) {
      Atomics.store(this.#control, ARRIVED, 0);
      Atomics.add(this.#control, ROUND, 1);
      Atomics.notify(this.#control, ROUND);
    }
    // Stopping counts the round up as well, so that it cannot slip in between a look at the flag and the wait.
    while (Atomics.load(this.#control, ROUND) === round) Atomics.wait(this.#control, ROUND, round);
    if (Atomics.load(this.#control, STOPPED) !== 0) throw stopped();
  }

  /** Releases all threads that wait now or later, until `reset`. */
  stop(): void {
    Atomics.store(this.#control, STOPPED, 1);
    Atomics.add(this.#control, ROUND, 1);
    Atomics.notify(this.#control, ROUND);
  }

  /** Throws `training_aborted` when the caller asked to stop or another thread failed. */
  check(): void {
    if (Atomics.load(this.#control, ABORTED) !== 0 || Atomics.load(this.#control, STOPPED) !== 0) throw stopped();
  }
}

/** Asks the threads to stop at their next check. */
export function requestAbort(control: Int32Array): void {
  Atomics.store(control, ABORTED, 1);
}

/** Before a command, while no thread is at work. */
export function resetControl(control: Int32Array): void {
  control.fill(0);
}

function stopped() {
  return trainingError("training_aborted", "training: the step was stopped; the weights are those before it");
}
