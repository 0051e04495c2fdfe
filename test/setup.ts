/** Runs once in each process of the tests, before the first file. */
import fc from "fast-check";
import { ASK_TEST, type TestName } from "./fileLimit.ts";
import { TEST_SEED } from "./seed.ts";

fc.configureGlobal({ seed: TEST_SEED });

// For the message about a file that does not end.
process.on("message", (message) => {
  if (message !== ASK_TEST) return;
  process.send?.({ currentTest: expect.getState().currentTestName ?? "" } satisfies TestName);
});
