/**
 * `npm run bench -- http [checkpoint]`: concurrent streaming chats over HTTP beside the same chats asked of the node's
 * chat service without HTTP, in one run; and the addresses that answer from memory. Default: the demo model where it is
 * there, else a fixture. The clients take processor time as well, on the same cores.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import autocannon from "autocannon";
import { createHttpServer } from "../../src/api/server.ts";
import type { ChatService } from "../../src/api/services/chat.ts";
import { scriptedNode } from "../../test/api/support/scriptedNode.ts";
import { silentLog, withBench } from "../../test/node/support.ts";
import type { ClientAnswer, ClientsJob } from "./http/chatClients.ts";
import { type BenchReport, type BenchRow, compared } from "./report.ts";

const CLIENTS = [1, 8, 32, 100];
const MAX_TOKENS = 32;
const DEMO = join(import.meta.dirname, "../../data/demo");

export async function run([checkpoint]: string[]): Promise<BenchReport> {
  const fixture = checkpoint ?? (existsSync(join(DEMO, "config.json")) ? DEMO : "qwen2moe");
  return withBench({ fixture, maxWaiting: 1024 }, async ({ chat, models }) => {
    const server = await createHttpServer({
      services: { ...scriptedNode(), chat, models },
      port: 0,
      logger: silentLog(),
    });
    try {
      const model = models.list()[0]!.id;
      const rows: BenchRow[] = [];
      await bare(chat, 8, 2);
      await overHttp({ url: server.url, model, clients: 8, rounds: 2, maxTokens: MAX_TOKENS });
      for (const clients of CLIENTS) {
        const rounds = Math.max(2, Math.ceil(64 / clients));
        const without = await bare(chat, clients, rounds);
        const lag = monitorEventLoopDelay({ resolution: 1 });
        lag.enable();
        const { answers, seconds } = await overHttp({ url: server.url, model, clients, rounds, maxTokens: MAX_TOKENS });
        lag.disable();
        rows.push(...rowsOf(clients, answers, seconds, without, lag.percentile(99) / 1e6 - 1));
      }
      rows.push(
        await fromMemory(server.url, "/v1/models"),
        await fromMemory(server.url, "/experts/stats/layer0.expert1"),
      );
      const notes = [`${fixture}, answers of ${MAX_TOKENS} tokens; the clients run on the same cores as the engine`];
      return { rows, notes };
    } finally {
      await server.close(0);
    }
  });
}

function rowsOf(
  clients: number,
  answers: readonly ClientAnswer[],
  seconds: number,
  without: number,
  lagMs: number,
): BenchRow[] {
  const sum = (of: (answer: ClientAnswer) => number): number => answers.reduce((total, each) => total + of(each), 0);
  const firsts = answers.map(({ firstMs }) => firstMs).sort((a, b) => a - b);
  const name = `${clients} chats`;
  const complete = answers.filter((each) => each.complete).length;
  return [
    { name: `${name}: complete`, value: complete / answers.length, unit: "of all", aim: "1" },
    compared({
      name: `${name}: throughput`,
      value: sum(({ tokens }) => tokens) / seconds,
      unit: "tokens/s",
      floor: { name: "without HTTP", value: without },
      aim: "at least 0.95",
    }),
    { name: `${name}: first token, median`, value: firsts[Math.floor(firsts.length / 2)]!, unit: "ms" },
    { name: `${name}: first token, p95`, value: firsts[Math.floor(firsts.length * 0.95)]!, unit: "ms" },
    {
      name: `${name}: mean answer`,
      value: sum(({ totalMs }) => totalMs) / answers.length / 1000,
      unit: "s",
      aim: "below 5",
    },
    { name: `${name}: event loop lag, p99`, value: Math.max(0, lagMs), unit: "ms", aim: "below 20" },
  ];
}

/** Tokens/s of the same chats without HTTP. */
async function bare(chat: ChatService, clients: number, rounds: number): Promise<number> {
  const from = performance.now();
  let tokens = 0;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let round = 0; round < rounds; round++) {
        const messages = [{ role: "user" as const, content: `Question ${client}: what is a DAG?` }];
        const request = { input: { messages }, maxTokens: MAX_TOKENS, sampling: { temperature: 0 } };
        const prepared = await chat.prepare(request);
        for await (const event of prepared.run(new AbortController().signal)) {
          if (event.type === "done") tokens += event.usage.completionTokens;
        }
      }
    }),
  );
  return (tokens * 1000) / (performance.now() - from);
}

function overHttp(job: ClientsJob): Promise<{ answers: ClientAnswer[]; seconds: number }> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./http/chatClients.ts", import.meta.url), { workerData: job });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

async function fromMemory(url: string, path: string): Promise<BenchRow> {
  const { requests } = await autocannon({ url: url + path, connections: 8, duration: 3, workers: 1 });
  return { name: `GET ${path}`, value: requests.average, unit: "requests/s" };
}
