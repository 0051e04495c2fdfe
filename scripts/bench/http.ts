/**
 * `npm run bench -- http`: concurrent streaming chats over HTTP beside the same chats asked of the node's chat service
 * without HTTP; and addresses that answer from memory.
 *
 * The node has a process of its own, so its processor time is its own. Both ways alternate in short rounds, first the one
 * first, then the other; what is shown is the median over the pairs of neighbours, which slow drifts of the machine do not
 * reach. Pairs in which other programs computed are left out.
 */
import autocannon from "autocannon";
import { integerOption, textOption } from "../../src/cli/framework/option.ts";
import { usageError } from "../../src/cli/framework/usageError.ts";
import { defineScript } from "../support/script.ts";
import { withRemoteServer } from "../torture/http/server/remote.ts";
import { demoModel, modelIn } from "./http/demoModel.ts";
import { overHttp, type Round, type Target, withoutHttp } from "./http/rounds.ts";
import type { BenchReport, BenchRow } from "./report.ts";

const MAX_TOKENS = 32;
/** Clients, answers of each in a round, and pairs of rounds. */
const STEPS: readonly (readonly [clients: number, rounds: number, pairs: number])[] = [
  [1, 3, 80],
  [8, 1, 180],
  [32, 1, 70],
  [100, 1, 25],
];
/** Before anything is measured: after some thousand requests HTTP takes 0.3 ms a request, at first 0.8. */
const WARM_UP = { clients: 16, rounds: 100, maxTokens: 2 };
/** The same for the tokens. */
const WARM_UP_TOKENS = { clients: 16, rounds: 8, maxTokens: MAX_TOKENS };
/** Cores that others may take in a round. */
const MAX_OTHER_CORES = 0.1;

interface Pair {
  readonly http: Round;
  readonly bare: Round;
}

export const script = defineScript({
  description:
    `Measures 1, 8, 32 and 100 concurrent streaming chats of at most ${MAX_TOKENS} tokens over HTTP beside the same chats asked of ` +
    "the node's chat service without HTTP, and how many requests per second are answered from memory.",
  options: {
    checkpoint: textOption("Folder of the model. Default: data/demo, without it a tiny one of the tests.", "dir"),
    clients: integerOption("Only this number of chats, of those four.", 1, 100),
  },
  async run({ checkpoint, clients }): Promise<BenchReport> {
    const steps = STEPS.filter(([each]) => clients === undefined || each === clients);
    if (steps.length === 0) throw usageError(`--clients: expected 1, 8, 32 or 100, got ${clients}`);
    const report = await benchHttp(checkpoint === undefined ? demoModel() : modelIn(checkpoint), steps);
    return clients === undefined ? report : { ...report, part: `${clients}` };
  },
});

async function benchHttp(model: string, steps: typeof STEPS): Promise<BenchReport> {
  return withRemoteServer({ model }, async (server) => {
    const listed = (await (await fetch(`${server.url}/v1/models`)).json()) as { data: { id: string }[] };
    const id = listed.data[0]!.id;
    const rows: BenchRow[] = [];
    const target = { server, model: id };
    await overHttp(target, WARM_UP);
    await overHttp(target, WARM_UP_TOKENS);
    await withoutHttp(target, WARM_UP_TOKENS);
    for (const [clients, rounds, pairs] of steps) {
      const measured = await measure(target, { clients, rounds, maxTokens: MAX_TOKENS }, pairs);
      rows.push(...rowsOf(`${clients} chats`, measured));
    }
    if (steps.length === STEPS.length)
      for (const path of ["/v1/models", "/experts/stats/layer0.expert1"]) rows.push(await fromMemory(server.url, path));
    const notes = [
      `${model}, answers of at most ${MAX_TOKENS} tokens; ratios are medians over pairs of rounds`,
      "the clients run on the same cores as the node, in a process of their own",
    ];
    return { rows, notes };
  });
}

interface Measured {
  readonly pairs: readonly Pair[];
  readonly undisturbed: number;
  readonly lagP99Ms: number;
}

async function measure(target: Target, job: Parameters<typeof overHttp>[1], count: number): Promise<Measured> {
  // The first rounds with so many clients.
  await withoutHttp(target, job);
  await overHttp(target, job);
  await target.server.ask("baseline");
  const pairs: Pair[] = [];
  for (let i = 0; i < count; i++) {
    if (i % 2 === 0) {
      const bare = await withoutHttp(target, job);
      pairs.push({ bare, http: await overHttp(target, job) });
    } else {
      const http = await overHttp(target, job);
      pairs.push({ http, bare: await withoutHttp(target, job) });
    }
  }
  const { lagP99Ms } = await target.server.ask("stats");
  const quiet = pairs.filter((pair) => Object.values(pair).every((round) => round.otherCores < MAX_OTHER_CORES));
  // On a machine that is never quiet all count.
  return { pairs: quiet.length > 2 ? quiet : pairs, undisturbed: quiet.length / count, lagP99Ms };
}

function rowsOf(name: string, { pairs, undisturbed, lagP99Ms }: Measured): BenchRow[] {
  const paired = (what: "tokensPerSecond" | "cpuMsPerToken"): Pick<BenchRow, "value" | "floor" | "ratio"> => ({
    value: median(pairs.map(({ http }) => http[what])),
    floor: { name: "without HTTP", value: median(pairs.map(({ bare }) => bare[what])) },
    ratio: median(pairs.map(({ http, bare }) => http[what] / bare[what])),
  });
  const answers = pairs.flatMap(({ http }) => http.answers);
  const firsts = answers.map(({ firstMs }) => firstMs);
  const mean = answers.reduce((sum, { totalMs }) => sum + totalMs, 0) / answers.length / 1000;
  const complete = answers.filter((each) => each.complete).length / answers.length;
  const added = median(
    pairs.map(({ http, bare }) => (http.mainCpuMsPerToken - bare.mainCpuMsPerToken) / bare.cpuMsPerToken),
  );
  return [
    { name: `${name}: complete`, value: complete, unit: "of all", aim: "1" },
    { name: `${name}: throughput`, ...paired("tokensPerSecond"), unit: "tokens/s", aim: "at least 0.95" },
    { name: `${name}: processor time of the node`, ...paired("cpuMsPerToken"), unit: "ms/token", aim: "at most 1.05" },
    { name: `${name}: of that, what HTTP adds to the thread that answers it`, value: added, unit: "of all" },
    { name: `${name}: first token, median`, value: median(firsts), unit: "ms" },
    { name: `${name}: first token, p95`, value: quantile(firsts, 0.95), unit: "ms" },
    { name: `${name}: mean answer`, value: mean, unit: "s", aim: "below 5" },
    { name: `${name}: event loop lag, p99`, value: lagP99Ms, unit: "ms", aim: "below 20" },
    { name: `${name}: pairs without other programs`, value: undisturbed, unit: "of all" },
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
