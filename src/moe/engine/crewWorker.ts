/** A computing thread that follows the leader's commands until it is told to close. It never returns to its event loop. */
import { receiveMessageOnPort, workerData } from "node:worker_threads";
import { errorCode, errorMessage } from "../../core/errors.ts";
import type { FollowerData, LoadMessage } from "./crew.ts";
import { awaitCommand, OPERATIONS, reportDone } from "./lockstep.ts";
import { ShardGroup } from "./shardGroup.ts";

const { spec, exchange, shards, port } = workerData as FollowerData;
const group = new ShardGroup(spec, exchange, shards);

for (let commands = 0; ; commands++) {
  const { operation, arguments: args } = awaitCommand(exchange.control, commands);
  if (operation === OPERATIONS.close) break;
  let failed = false;
  try {
    if (operation === OPERATIONS.message) {
      // The leader posts it before the command.
      const { message } = receiveMessageOnPort(port) as { message: LoadMessage };
      const { kernel, kind, weights } = message;
      group.load(kernel, kind, (shard) => weights.get(shard) ?? new Map());
    } else group.run(operation, ...args);
  } catch (error) {
    failed = true;
    port.postMessage({ code: errorCode(error) ?? "engine_thread_failed", text: errorMessage(error) });
  }
  reportDone(exchange.control, failed);
}
group.close();
port.close();
