/**
 * jest-light-runner in child processes, with a time limit for each file (fileLimit.ts), and one file before all others.
 *
 * A process asks for its configuration when it gets its first file, and the answer goes to every process that has one. A
 * process that does not listen yet, because it started a third of a second later, misses the answer, gets no other, and
 * the run never ends. So the second process gets a file only when the first one has its configuration.
 */
// @ts-nocheck: the package has no types.
import Runner from "jest-light-runner/child-process";
import { FileLimit, limitFromEnvironment } from "./fileLimit.ts";

export default class extends Runner {
  async runTests(tests, watcher, onStart, onResult, onFailure) {
    // jest puts files first that took long.
    const first = tests.at(-1);
    const others = Promise.withResolvers();
    const limit = new FileLimit(limitFromEnvironment());
    try {
      await super.runTests(
        first === undefined ? [] : [first, ...tests.slice(0, -1)],
        watcher,
        async (test) => {
          if (test !== first) await others.promise;
          return onStart(test);
        },
        (test, result) => {
          others.resolve();
          return onResult(test, result);
        },
        (test, error) => {
          others.resolve();
          return onFailure(test, limit.failureOf(test.path) ?? error);
        },
      );
    } finally {
      limit.close();
    }
  }
}
