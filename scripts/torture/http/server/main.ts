/**
 * The attacked server, in a process of its own: what is measured here is the server's alone, not its clients'. Told what
 * to do by the messages of protocol.ts. SIGTERM closes it as the node is closed.
 */
import { createWriteStream } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { createHttpServer } from "../../../../src/api/server.ts";
import { createLogger } from "../../../../src/core/logger.ts";
import { type ScriptedNode, scriptedNode } from "../../../../test/api/support/scriptedNode.ts";
import { SCRIPTS, type ScriptName, type ServerOptions, type ServerRequest, type ServerStats } from "./protocol.ts";

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

if (model === undefined) await serve(node, () => node.chat);
else {
  const { withBench } = await import("../../../../test/node/support.ts");
  await withBench({ fixture: model, maxWaiting: 1024 }, async ({ chat, models }) => {
    await serve({ ...node, chat, models } as unknown as ScriptedNode, () => chat.load());
  });
}
process.exit(0);

/** Serves until it is told to close. */
async function serve(services: ScriptedNode, load: () => { running: number; waiting?: number }): Promise<void> {
  const server = await createHttpServer({ services, port: 0, logger: log, ...http });
  const closed = Promise.withResolvers<void>();
  const close = (): void => {
    server.close().then(closed.resolve, closed.reject);
  };
  process.once("SIGTERM", close);
  process.on("message", ({ id, ask, script }: ServerRequest) => {
    if (ask === "close") close();
    else void answer(ask, script, load).then((result) => process.send?.({ id, result }));
  });
  process.send?.({ id: 0, result: { port: server.port } });
  await closed.promise;
}

async function answer(ask: ServerRequest["ask"], script: ScriptName | undefined, load: () => { running: number }) {
  if (ask === "script" && script !== undefined) node.chat.script = SCRIPTS[script];
  if (ask === "baseline") {
    await collect();
    lag.reset();
    peakRss = process.memoryUsage.rss();
  }
  if (ask === "collected") await collect();
  return statsOf(load().running);
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
  };
}
