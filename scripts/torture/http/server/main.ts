/**
 * The attacked server, in a process of its own: what is measured here is the server's alone, not its clients'. Told what
 * to do by the messages of protocol.ts. SIGTERM closes it, and so does the end of its parent.
 */
import { createWriteStream } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { createHttpServer } from "../../../../src/api/server.ts";
import type { NodeServices } from "../../../../src/api/services/node.ts";
import { createLogger } from "../../../../src/core/logger.ts";
import { scriptedNode } from "../../../../test/api/support/scriptedNode.ts";
import { runBareChats } from "../../../bench/http/bareChats.ts";
import { SCRIPTS, type ScriptName, type ServerOptions, type ServerRequest, type ServerStats } from "./protocol.ts";

/** For answers that still run; their clients are gone or do not matter any more. */
const GRACE_MS = 200;
const PROTOTYPE = Object.getOwnPropertyNames(Object.prototype).join();
const { http, logFile, model } = JSON.parse(process.argv[2] ?? "{}") as ServerOptions;
const node = scriptedNode();
const sink = logFile === undefined ? undefined : (createWriteStream(logFile) as unknown as NodeJS.WriteStream);
const { log } = createLogger({ level: sink ? "debug" : "silent", format: "json", ...(sink && { stream: sink }) });
const lag = monitorEventLoopDelay({ resolution: 1 });
lag.enable();
let peakRss = 0;
setInterval(() => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss());
}, 20).unref();

// Ctrl-C in a terminal reaches the whole group of processes; the parent says when to end.
process.on("SIGINT", () => undefined);
if (model === undefined) await serve(node);
else {
  const { withBench } = await import("../../../../test/node/support.ts");
  await withBench({ fixture: model, maxWaiting: 1024 }, async ({ chat, models }) => {
    await serve({ ...node, chat, models });
  });
}
await new Promise<void>((resolve) => (sink === undefined ? resolve() : sink.end(() => resolve())));
process.exit(0);

/** Serves until it is told to close. */
async function serve(services: NodeServices): Promise<void> {
  const server = await createHttpServer({ services, port: 0, logger: log, ...http });
  const closed = Promise.withResolvers<void>();
  const close = (): void => {
    server.close(GRACE_MS).then(closed.resolve, closed.reject);
  };
  process.once("SIGTERM", close);
  process.once("disconnect", close);
  process.on("message", ({ id, ask, script, bare }: ServerRequest) => {
    const answered = bare === undefined ? answer(ask, script, services) : runBareChats(services.chat, bare);
    void answered.then((result) => process.send?.({ id, result }, () => undefined));
  });
  process.send?.({ id: 0, result: { port: server.port } });
  await closed.promise;
}

async function answer(
  ask: ServerRequest["ask"],
  script: ScriptName | undefined,
  { chat }: NodeServices,
): Promise<ServerStats> {
  if (ask === "script" && script !== undefined) node.chat.script = SCRIPTS[script];
  if (ask === "baseline") {
    await collect();
    lag.reset();
    peakRss = process.memoryUsage.rss();
  }
  if (ask === "collected") await collect();
  return statsOf(chat.load().running);
}

/** Twice: what the first collection finalises, the second frees. */
async function collect(): Promise<void> {
  node.chat.asked.length = 0;
  for (let i = 0; i < 2; i++) {
    (globalThis as unknown as { gc: () => void }).gc();
    await sleep(50);
  }
}

function statsOf(running: number): ServerStats {
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const { begun, pieces, aborted, released } = node.chat;
  const { user, system } = process.cpuUsage();
  const main = process.threadCpuUsage();
  return {
    running,
    begun,
    pieces,
    aborted,
    released,
    prototypeIsClean: Object.getOwnPropertyNames(Object.prototype).join() === PROTOTYPE,
    rss,
    peakRss: Math.max(peakRss, rss),
    heapUsed,
    external,
    arrayBuffers,
    lagP99Ms: lag.percentile(99) / 1e6,
    lagMaxMs: lag.max / 1e6,
    cpuMs: (user + system) / 1000,
    mainCpuMs: (main.user + main.system) / 1000,
  };
}
