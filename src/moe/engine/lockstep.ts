/**
 * How the leader drives the other computing threads: a command in shared memory, answered by counting up.
 *
 * Both sides spin for a moment before they sleep: commands follow each other within microseconds while a step runs, a
 * wake-up through the kernel costs ten times that, and endless spinning would take the cores from everybody else.
 */

/** Words of `exchange.control`. */
const COMMAND = 0;
const DONE = 1;
/** How the worst follower fared. */
const OUTCOME = 2;
const OPERATION = 3;
const FIRST_ARGUMENT = 4;

export const OUTCOMES = { done: 0, refused: 1, failed: 2 } as const;

export type Outcome = (typeof OUTCOMES)[keyof typeof OUTCOMES];

/**
 * About 180 microseconds: longer than the leader is alone with a layer's router, shorter than what a loaded machine would
 * notice. Measured: with a sixth of it decoding is 4 to 10 % slower, with three times as much it is no faster, and beside
 * two endless loops on two cores there is no difference.
 */
const SPINS = 30_000;

export const OPERATIONS = {
  /** Take the next message from the port and load its kernel. */
  load: 1,
  /** The same, but only what was prepared before; `refuse` where something was not. */
  open: 11,
  beginStep: 2,
  project: 3,
  attend: 4,
  projectAndAttend: 5,
  feedForward: 6,
  addOutputs: 12,
  head: 7,
  truncate: 8,
  unload: 9,
  close: 10,
} as const;

export type Operation = (typeof OPERATIONS)[keyof typeof OPERATIONS];

export interface Command {
  readonly operation: Operation;
  readonly arguments: readonly [number, number];
}

/** Leader: gives a command to all followers. */
export function giveCommand(control: Int32Array, operation: Operation, first: number, second: number): void {
  Atomics.store(control, DONE, 0);
  Atomics.store(control, OPERATION, operation);
  Atomics.store(control, FIRST_ARGUMENT, first);
  Atomics.store(control, FIRST_ARGUMENT + 1, second);
  Atomics.add(control, COMMAND, 1);
  Atomics.notify(control, COMMAND);
}

/** Leader: returns when all followers are done. */
export function awaitFollowers(control: Int32Array, followers: number): Outcome {
  for (;;) {
    const done = spinWhile(control, DONE, (value) => value < followers);
    if (done >= followers) return Atomics.exchange(control, OUTCOME, OUTCOMES.done) as Outcome;
    Atomics.wait(control, DONE, done);
  }
}

/** Follower: the command after number `last`, once there is one. */
export function awaitCommand(control: Int32Array, last: number): Command {
  while (spinWhile(control, COMMAND, (value) => value === last) === last) Atomics.wait(control, COMMAND, last);
  return {
    operation: Atomics.load(control, OPERATION) as Operation,
    arguments: [Atomics.load(control, FIRST_ARGUMENT), Atomics.load(control, FIRST_ARGUMENT + 1)],
  };
}

/** Follower: says that the command is over. */
export function reportDone(control: Int32Array, outcome: Outcome): void {
  // The bits of several followers' outcomes may mix; a failure keeps its bit.
  Atomics.or(control, OUTCOME, outcome);
  Atomics.add(control, DONE, 1);
  Atomics.notify(control, DONE);
}

function spinWhile(control: Int32Array, word: number, unchanged: (value: number) => boolean): number {
  let value = Atomics.load(control, word);
  for (let spins = 0; unchanged(value) && spins < SPINS; spins++) value = Atomics.load(control, word);
  return value;
}
