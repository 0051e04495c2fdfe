/**
 * `npm run bench -- http`: concurrent streaming chats over HTTP beside the same chats asked of the node's chat service
 * without HTTP; and addresses that answer from memory.
 *
 * The node has a process of its own, so its processor time is its own. The kinds of rounds (http/rounds.ts) alternate,
 * forwards and backwards; what is shown is the median over groups of neighbours, which slow drifts of the machine do not
 * reach. Groups in which other programs computed are left out.
 */
import autocannon from "autocannon";
import { integerOption, textOption } from "../../src/cli/framework/option.ts";
import { defineScript } from "../support/script.ts";
import { withRemoteServer } from "../torture/http/server/remote.ts";
import { demoModel, modelIn } from "./http/demoModel.ts";
import { overHttp, type Round, type Target, withoutHttp } from "./http/rounds.ts";
import type { BenchReport, BenchRow } from "./report.ts";

const MAX_TOKENS = 32;
/** Clients, answers of each in a round, and groups of rounds. */
const STEPS: readonly (readonly [clients: number, rounds: number, groups: number])[] = [
  [1, 2, 45],
  [8, 1, 30],
  [32, 1, 15],
  [100, 1, 7],
];
/** Before anything is measured: a node that has answered some hundred requests runs compiled code. */
const WARM_UP = { clients: 16, rounds: 12, maxTokens: MAX_TOKENS };
/** Cores that others may take in a round. */
const MAX_OTHER_CORES = 0.1;

interface Group {
  readonly http: Round;
  readonly bare: Round;
  /** Without HTTP, beside as much load as the clients make. */
  readonly beside: Round;
}

export const script = defineScript({
  description:
    `Measures 1, 8, 32 and 100 concurrent streaming chats of ${MAX_TOKENS} tokens over HTTP beside the same chats asked of ` +
    "the node's chat service without HTTP, and how many requests per second are answered from memory.",
  options: {
    checkpoint: textOption("Folder of the model. Default: data/demo, without it a tiny one of the tests.", "dir"),
    clients: integerOption("Only this number of chats, of those four.", 1, 100),
  },
  async run({ checkpoint, clients }): Promise<BenchReport> {
    const steps = STEPS.filter(([each]) => clients === undefined || each === clients);
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
    await withoutHttp(target, WARM_UP);
    for (const [clients, rounds, groups] of steps) {
      const measured = await measure(target, { clients, rounds, maxTokens: MAX_TOKENS }, groups);
      rows.push(...rowsOf(`${clients} chats`, measured));
    }
    if (steps.length === STEPS.length)
      for (const path of ["/v1/models", "/experts/stats/layer0.expert1"]) rows.push(await fromMemory(server.url, path));
    const notes = [
      `${model}, answers of ${MAX_TOKENS} tokens; ratios are medians over groups of rounds`,
      "the clients run on the same cores as the node, in a process of their own; where nothing else is said, so does a load of their size beside the chats without HTTP",
    ];
    return { rows, notes };
  });
}

interface Measured {
  readonly groups: readonly Group[];
  readonly undisturbed: number;
  readonly lagP99Ms: number;
}

async function measure(target: Target, job: Parameters<typeof overHttp>[1], count: number): Promise<Measured> {
  // The first rounds with so many clients; they also tell what the clients take.
  await withoutHttp(target, job);
  let { ownCores } = await overHttp(target, job);
  await target.server.ask("baseline");
  const kinds = {
    bare: () => withoutHttp(target, job),
    http: async () => {
      const round = await overHttp(target, job);
      ({ ownCores } = round);
      return round;
    },
    beside: () => withoutHttp(target, job, ownCores),
  };
  const groups: Group[] = [];
  for (let i = 0; i < count; i++) {
    const group: Partial<Record<keyof Group, Round>> = {};
    const order = ["bare", "http", "beside"] as const;
    for (const kind of i % 2 === 0 ? order : order.toReversed()) group[kind] = await kinds[kind]();
    groups.push(group as Group);
  }
  const { lagP99Ms } = await target.server.ask("stats");
  const quiet = groups.filter((group) => Object.values(group).every((round) => round.otherCores < MAX_OTHER_CORES));
  // On a machine that is never quiet all count.
  return { groups: quiet.length > 2 ? quiet : groups, undisturbed: quiet.length / count, lagP99Ms };
}

function rowsOf(name: string, { groups, undisturbed, lagP99Ms }: Measured): BenchRow[] {
  const against = (
    floor: string,
    kind: "bare" | "beside",
    what: "tokensPerSecond" | "cpuMsPerToken",
  ): Pick<BenchRow, "value" | "floor" | "ratio"> => ({
    value: median(groups.map(({ http }) => http[what])),
    floor: { name: floor, value: median(groups.map((group) => group[kind][what])) },
    ratio: median(groups.map((group) => group.http[what] / group[kind][what])),
  });
  const beside = "without HTTP";
  const alone = "without HTTP and load";
  const answers = groups.flatMap(({ http }) => http.answers);
  const firsts = answers.map(({ firstMs }) => firstMs);
  const mean = answers.reduce((sum, { totalMs }) => sum + totalMs, 0) / answers.length / 1000;
  const complete = answers.filter((each) => each.complete).length / answers.length;
  const added = median(
    groups.map(({ http, bare }) => (http.mainCpuMsPerToken - bare.mainCpuMsPerToken) / bare.cpuMsPerToken),
  );
  const cpu = `${name}: processor time of the node`;
  return [
    { name: `${name}: complete`, value: complete, unit: "of all", aim: "1" },
    {
      name: `${name}: throughput`,
      ...against(beside, "beside", "tokensPerSecond"),
      unit: "tokens/s",
      aim: "at least 0.95",
    },
    { name: `${name}: the same`, ...against(alone, "bare", "tokensPerSecond"), unit: "tokens/s" },
    { name: cpu, ...against(beside, "beside", "cpuMsPerToken"), unit: "ms/token", aim: "at most 1.05" },
    { name: `${name}: the same`, ...against(alone, "bare", "cpuMsPerToken"), unit: "ms/token" },
    { name: `${name}: of that, what HTTP adds to its own thread`, value: added, unit: "of all" },
    { name: `${name}: first token, median`, value: median(firsts), unit: "ms" },
    { name: `${name}: first token, p95`, value: quantile(firsts, 0.95), unit: "ms" },
    { name: `${name}: mean answer`, value: mean, unit: "s", aim: "below 5" },
    { name: `${name}: event loop lag, p99`, value: lagP99Ms, unit: "ms", aim: "below 20" },
    { name: `${name}: groups without other programs`, value: undisturbed, unit: "of all" },
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
