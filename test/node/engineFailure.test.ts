/** The engine's thread is killed for real, in a node that answers. */
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import type { ChatEvent } from "../../src/api/services/chat.ts";
import { errorCode } from "../../src/core/errors.ts";
import { createEngine } from "../../src/moe/engine/engine.ts";
import { folderSlotSource } from "../../src/moe/folderSource.ts";
import { EngineQueue } from "../../src/node/chat/engineQueue.ts";
import { KeptEngine } from "../../src/node/chat/keptEngine.ts";
import { addBlocks, ask, betterExpert, FIXTURES, silentLog, withBench } from "./support.ts";
import { withTinyNode } from "./wholeNode.ts";

/** The leading threads of engines: the tokenizer has a thread too. */
const engines = new Set<Worker>();
const onWorker = (worker: Worker): void => {
  if (worker.threadName !== "engine") return;
  engines.add(worker);
  worker.once("exit", () => engines.delete(worker));
};
process.on("worker", onWorker);
afterAll(() => process.off("worker", onWorker));

/**
 * A message that is none: the thread ends by an uncaught error, between two steps. `terminate` in the middle of native
 * work may end the whole process.
 */
async function killEngines(): Promise<void> {
  expect(engines.size).toBeGreaterThan(0);
  await Promise.all(
    [...engines].map((worker) => {
      const ended = new Promise((resolve) => worker.once("exit", resolve));
      worker.postMessage(null);
      return ended;
    }),
  );
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((done) => setTimeout(done, 10));
}

const post = (url: string, body: object): Promise<Response> =>
  fetch(`${url}/chat`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ prompt: "Hello", temperature: 0, ...body }),
  });

test("clients get a clear error, /health and /metrics say it, and the node answers again as before", async () => {
  await withTinyNode(async ({ url }) => {
    const before = (await (await post(url, { max_tokens: 8 })).json()) as { response: string; state_root: string };
    const response = await post(url, { max_tokens: 480, stream: true });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const read = async (): Promise<boolean> => {
      const { value, done } = await reader.read();
      text += value ?? "";
      return done;
    };
    while (!text.includes("event: token")) await read();
    await killEngines();
    // All at once, before the next engine is there.
    const asked = [fetch(`${url}/health`), fetch(`${url}/metrics`), post(url, { max_tokens: 8 })] as const;
    while (!(await read()));
    expect(text).toMatch(/event: error\ndata: .*"code":"engine_failed"/);
    expect(text).not.toContain("event: done");
    const [down, metrics, refused] = await Promise.all(asked);
    expect(down.status).toBe(503);
    expect(await down.json()).toMatchObject({ status: "loading", reason: expect.stringContaining("started again") });
    expect(await metrics.text()).toContain("\nmoe_ready 0\n");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "2"]);
    expect(await refused.json()).toMatchObject({ error: { code: "engine_failed", type: "server_error" } });
    await until(async () => (await fetch(`${url}/health`)).status === 200);
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: "ready", engine_restarts: 1 });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("\nmoe_engine_restarts_total 1\n");
    const after = (await (await post(url, { max_tokens: 8 })).json()) as typeof before;
    expect([after.response, after.state_root]).toEqual([before.response, before.state_root]);
  });
});

test("of many answers, running and waiting, each ends: none hangs, none is lost in silence", async () => {
  await withTinyNode(async (node) => {
    const answers = Array.from({ length: 40 }, (_, i) => post(node.url, { max_tokens: 200, seed: i, temperature: 1 }));
    await until(() => node.services.chat.load().running > 4);
    await killEngines();
    const ended = await Promise.all(
      answers.map(async (answer) => (await answer).json() as Promise<{ error?: { code: string } }>),
    );
    const codes = ended.flatMap(({ error }) => (error === undefined ? [] : [error.code]));
    expect(codes.length).toBeGreaterThan(4);
    expect(new Set(codes)).toEqual(new Set(["engine_failed"]));
    expect(node.services.chat.load()).toEqual({ running: 0, waiting: 0 });
    await until(async () => (await node.services.health()).status === "ready");
    // Another kind of engine too, and the usual one once more.
    expect((await post(node.url, { max_tokens: 4, use_moe: false })).status).toBe(200);
    await killEngines();
    await until(async () => (await node.services.health()).status === "ready");
    expect((await post(node.url, { max_tokens: 4, use_moe: false })).status).toBe(200);
    expect((await node.services.health()).engineRestarts).toBe(2);
    // Closing does not wait for an engine that is on its way.
    await killEngines();
  });
});

test("a head that changed while an engine of two threads was down is what the next one answers on", async () => {
  await withBench({ engine: { threads: 2, shards: 2 } }, async (bench) => {
    const { chain, chat, models } = bench;
    const old = await ask(chat, {});
    const better = await betterExpert(bench, "layer0.expert1", 3);
    await killEngines();
    expect(models.runner?.pool.failure).toMatchObject({ code: "engine_failed" });
    await addBlocks(chain, better);
    await until(() => models.runner?.pool.failure === undefined && models.runner?.state.stateRoot !== old.stateRoot);
    expect((await ask(chat, {})).stateRoot).toBe(models.runner?.state.stateRoot);
    expect(models.problem).toBe("");
  });
});

test("an engine that does not start is tried again, after longer and longer waits, until it does or all is closed", async () => {
  const source = await folderSlotSource(join(FIXTURES, "mixtral"));
  const state = {} as EngineQueue["state"];
  const make = async (): Promise<EngineQueue> => new EngineQueue(await createEngine({ source }), state, 4);
  const tries: number[] = [];
  let failures = 2;
  let restarted = 0;
  const kept = new KeptEngine(await make(), {
    log: silentLog(),
    onRestarted: () => {
      restarted += 1;
    },
    make: async () => {
      tries.push(performance.now());
      if (failures-- > 0) throw new Error("no memory");
      return make();
    },
  });
  await killEngines();
  await until(() => restarted === 1);
  expect(kept.failure).toBeUndefined();
  expect([tries.length, kept.restarts]).toEqual([3, 3]);
  // The first at once, then 250 ms, then 500 ms.
  expect(tries[1]! - tries[0]!).toBeGreaterThan(240);
  expect(tries[2]! - tries[1]!).toBeGreaterThan(490);
  failures = Number.POSITIVE_INFINITY;
  await killEngines();
  await until(() => tries.length > 3);
  await kept.close();
  await kept.close();
  const closedAt = tries.length;
  expect(engines.size).toBe(0);
  expect(kept.failure).toMatchObject({ code: "engine_failed" });
  expect(tries.length).toBe(closedAt);
  await source.close();
});

test("an engine that is closed has not failed", async () => {
  await withBench({}, async ({ models, chat }) => {
    let failed = false;
    void models.runner!.pool.main.engine.failed.then(() => {
      failed = true;
    });
    const prepared = await chat.prepare({ input: { prompt: "Hello" }, maxTokens: 400 });
    const events: ChatEvent[] = [];
    const ended = (async () => {
      for await (const event of prepared.run(new AbortController().signal)) events.push(event);
    })().catch(errorCode);
    await until(() => events.length > 0);
    await models.close();
    expect(await ended).toBe("engine_closed");
    expect(failed).toBe(false);
  });
});
