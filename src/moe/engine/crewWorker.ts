/** A computing thread that follows the leader's commands until it is told to close. It never returns to its event loop. */
import { receiveMessageOnPort, workerData } from "node:worker_threads";
import { errorCode, errorMessage } from "../../core/errors.ts";
import type { FollowerData, LoadMessage, OpenMessage } from "./crewMessages.ts";
import { awaitCommand, OPERATIONS, type Operation, OUTCOMES, type Outcome, reportDone } from "./lockstep.ts";
import { ShardGroup } from "./shardGroup.ts";

const { port, cacheFolder: _, ...options } = workerData as FollowerData;
const { exchange } = options;
const group = new ShardGroup(options);

for (let commands = 0; ; commands++) {
  const { operation, arguments: args } = awaitCommand(exchange.control, commands);
  if (operation === OPERATIONS.close) break;
  reportDone(exchange.control, execute(operation, args));
}
group.close();
port.close();

function execute(operation: Operation, args: readonly [number, number]): Outcome {
  try {
    if (operation === OPERATIONS.open) {
      return group.open(nextMessage<OpenMessage>()) ? OUTCOMES.done : OUTCOMES.refused;
    }
    if (operation === OPERATIONS.load) {
      const message = nextMessage<LoadMessage>();
      group.load(message, (shard) => message.weights.get(shard) ?? new Map());
    } else group.run(operation, ...args);
    return OUTCOMES.done;
  } catch (error) {
    port.postMessage({ code: errorCode(error) ?? "engine_thread_failed", text: errorMessage(error) });
    return OUTCOMES.failed;
  }
}

/** The leader posts it before the command. */
function nextMessage<T>(): T {
  return (receiveMessageOnPort(port) as { message: T }).message;
}
