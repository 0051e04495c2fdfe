/** Where the engine's leading worker begins: takes up code that earlier runs compiled, then loads the rest. */
import { workerData } from "node:worker_threads";
import { keepCompiled, useCompileCache } from "./compileCache.ts";
import type { WorkerStart } from "./protocol.ts";

useCompileCache((workerData as WorkerStart).options.cacheFolder);
await import("./engineWorker.ts");
keepCompiled();
