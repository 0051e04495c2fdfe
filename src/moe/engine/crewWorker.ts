/** A computing thread that follows the leader's commands until it is told to close. It never returns to its event loop. */
import { receiveMessageOnPort, workerData } from "node:worker_threads";
import { errorCode, errorMessage } from "../../core/errors.ts";
import type { LoadMessage, OpenMessage } from "./crewMessages.ts";
import { awaitEnlistment, type FollowerLink } from "./followers.ts";
import { awaitCommand, OPERATIONS, type Operation, OUTCOMES, type Outcome, reportDone } from "./lockstep.ts";
import { ShardGroup, type ShardGroupOptions } from "./shardGroup.ts";

const { port } = workerData as FollowerLink;
const options = awaitEnlistment(workerData as FollowerLink);
if (options !== undefined) follow(options);
port.close();

function follow(options: ShardGroupOptions): void {
  const { control } = options.exchange;
  const group = new ShardGroup(options);
  for (let commands = 0; ; commands++) {
    const { operation, arguments: args } = awaitCommand(control, commands);
    if (operation === OPERATIONS.close) break;
    reportDone(control, execute(group, operation, args));
  }
  group.close();
}

function execute(group: ShardGroup, operation: Operation, args: readonly [number, number]): Outcome {
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
