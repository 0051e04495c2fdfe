/** Where a follower of the crew begins: takes up code that earlier runs compiled, then loads the rest. */
import { workerData } from "node:worker_threads";
import { keepCompiled, useCompileCache } from "./compileCache.ts";
import type { FollowerStart } from "./followers.ts";

useCompileCache((workerData as FollowerStart).cacheFolder);
// Nearly all there is; the follower itself never returns.
await import("./shardGroup.ts");
keepCompiled();
await import("./crewWorker.ts");
