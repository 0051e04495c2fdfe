/** The entry of a training thread: one answer for each command, in order. `null` ends it. */
import { parentPort, workerData } from "node:worker_threads";
import { AiBlockError, errorCode, errorMessage } from "../../../core/errors.ts";
import type { ThreadAnswer, ThreadCommand, ThreadSetup } from "./commands.ts";
import { TrainingThread } from "./trainingThread.ts";

const thread = new TrainingThread(workerData as ThreadSetup);

parentPort?.on("message", (command: ThreadCommand | null) => {
  if (command === null) {
    thread.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(answer(command));
});

function answer(command: ThreadCommand): ThreadAnswer {
  try {
    return { kind: "done", result: thread.run(command) };
  } catch (error) {
    const data = error instanceof AiBlockError ? error.data : {};
    return { kind: "failed", code: errorCode(error), message: errorMessage(error), data };
  }
}
