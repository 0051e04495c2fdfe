/** Where the engine's worker begins: takes up code that earlier runs compiled, then loads the rest. */
import { workerData } from "node:worker_threads";
import { keepCompiled, useCompileCache } from "./compileCache.ts";
import { startFollowers } from "./followers.ts";
import type { WorkerStart } from "./protocol.ts";

const { cacheFolder, threads } = (workerData as WorkerStart).options;
useCompileCache(cacheFolder);
const followers = startFollowers(threads - 1, cacheFolder);
const { serveEngine } = await import("./engineWorker.ts");
await serveEngine(followers);
keepCompiled();
