/**
 * `npm run bench -- http`: concurrent streaming chats over HTTP beside the same chats asked of the node's chat service
 * without HTTP; and addresses that answer from memory.
 *
 * The node has a process of its own, so its processor time is its own. Both ways alternate in short rounds, first the one
 * first, then the other; what is shown is the median over the pairs of neighbours, which slow drifts of the machine do
 * not reach. Throughput is also the clients' doing, who take their time on the same cores; processor time is not.
 */
import autocannon from "autocannon";
import { textOption } from "../../src/cli/framework/option.ts";
import { defineScript } from "../support/script.ts";
import { type RemoteServer, withRemoteServer } from "../torture/http/server/remote.ts";
import { type ClientAnswer, runClients } from "./http/chatClients.ts";
import { demoModel, modelIn } from "./http/demoModel.ts";
import type { BenchReport, BenchRow } from "./report.ts";

const MAX_TOKENS = 32;
/** Clients, answers of each in a round, and pairs of rounds. */
const STEPS: readonly (readonly [clients: number, rounds: number, pairs: number])[] = [
  [1, 6, 15],
  [8, 2, 15],
  [32, 1, 11],
  [100, 1, 7],
];

interface Round {
  readonly tokensPerSecond: number;
  /** Processor time of the node. */
  readonly cpuMsPerToken: number;
}

export const script = defineScript({
  description:
    `Measures 1, 8, 32 and 100 concurrent streaming chats of ${MAX_TOKENS} tokens over HTTP beside the same chats asked of ` +
    "the node's chat service without HTTP, and how many requests per second are answered from memory.",
  options: {
    checkpoint: textOption("Folder of the model. Default: data/demo, without it a tiny one of the tests.", "dir"),
  },
  async run({ checkpoint }): Promise<BenchReport> {
    return benchHttp(checkpoint === undefined ? demoModel() : modelIn(checkpoint));
  },
});

async function benchHttp(model: string): Promise<BenchReport> {
  return withRemoteServer({ model }, async (server) => {
    const listed = (await (await fetch(`${server.url}/v1/models`)).json()) as { data: { id: string }[] };
    const id = listed.data[0]!.id;
    const rows: BenchRow[] = [];
    for (const [clients, rounds, pairs] of STEPS)
      rows.push(...(await compareAt(server, id, { clients, rounds, pairs })));
    rows.push(
      await fromMemory(server.url, "/v1/models"),
      await fromMemory(server.url, "/experts/stats/layer0.expert1"),
    );
    const notes = [
      `${model}, answers of ${MAX_TOKENS} tokens; ratios are medians over pairs of rounds`,
      "the clients run on the same cores as the node, in a process of their own",
    ];
    return { rows, notes };
  });
}

async function compareAt(
  server: RemoteServer,
  model: string,
  { clients, rounds, pairs }: { clients: number; rounds: number; pairs: number },
): Promise<BenchRow[]> {
  const job = { clients, rounds, maxTokens: MAX_TOKENS };
  const answers: ClientAnswer[] = [];
  const bare = async (): Promise<Round> => {
    const before = await server.ask("stats");
    const { tokens, seconds } = await server.bare(job);
    const { cpuMs } = await server.ask("stats");
    return { tokensPerSecond: tokens / seconds, cpuMsPerToken: (cpuMs - before.cpuMs) / tokens };
  };
  const overHttp = async (): Promise<Round> => {
    const before = await server.ask("stats");
    const done = await runClients({ ...job, url: server.url, model });
    const { cpuMs } = await server.ask("stats");
    answers.push(...done.answers);
    const tokens = done.answers.reduce((sum, each) => sum + each.tokens, 0);
    return { tokensPerSecond: tokens / done.seconds, cpuMsPerToken: (cpuMs - before.cpuMs) / tokens };
  };
  // The first rounds load and compile, on both sides.
  await bare();
  await overHttp();
  answers.length = 0;
  await server.ask("baseline");
  const both: { readonly http: Round; readonly bare: Round }[] = [];
  for (let i = 0; i < pairs; i++) {
    if (i % 2 === 0) {
      const first = await bare();
      both.push({ bare: first, http: await overHttp() });
    } else {
      const first = await overHttp();
      both.push({ http: first, bare: await bare() });
    }
  }
  const { lagP99Ms } = await server.ask("stats");
  return rowsOf(`${clients} chats`, answers, both, lagP99Ms);
}

function rowsOf(
  name: string,
  answers: readonly ClientAnswer[],
  both: readonly { readonly http: Round; readonly bare: Round }[],
  lagMs: number,
): BenchRow[] {
  const paired = (what: keyof Round): Pick<BenchRow, "value" | "floor" | "ratio"> => ({
    value: median(both.map(({ http }) => http[what])),
    floor: { name: "without HTTP", value: median(both.map(({ bare }) => bare[what])) },
    ratio: median(both.map(({ http, bare }) => http[what] / bare[what])),
  });
  const firsts = answers.map(({ firstMs }) => firstMs);
  const mean = answers.reduce((sum, { totalMs }) => sum + totalMs, 0) / answers.length / 1000;
  const complete = answers.filter((each) => each.complete).length / answers.length;
  return [
    { name: `${name}: complete`, value: complete, unit: "of all", aim: "1" },
    { name: `${name}: throughput`, ...paired("tokensPerSecond"), unit: "tokens/s", aim: "at least 0.95" },
    { name: `${name}: processor time of the node`, ...paired("cpuMsPerToken"), unit: "ms/token", aim: "at most 1.05" },
    { name: `${name}: first token, median`, value: median(firsts), unit: "ms" },
    { name: `${name}: first token, p95`, value: quantile(firsts, 0.95), unit: "ms" },
    { name: `${name}: mean answer`, value: mean, unit: "s", aim: "below 5" },
    { name: `${name}: event loop lag, p99`, value: lagMs, unit: "ms", aim: "below 20" },
  ];
}

async function fromMemory(url: string, path: string): Promise<BenchRow> {
  const { requests } = await autocannon({ url: url + path, connections: 8, duration: 3, workers: 1 });
  return { name: `GET ${path}`, value: requests.average, unit: "requests/s" };
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}
