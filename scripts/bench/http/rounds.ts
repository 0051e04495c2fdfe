/** Rounds of the same chats, over HTTP and without it, and what they took of the processor. */
import { cpus } from "node:os";
import type { RemoteServer } from "../../torture/http/server/remote.ts";
import type { BareJob } from "./bareChats.ts";
import { type ClientAnswer, runClients } from "./chatClients.ts";

export interface Round {
  readonly tokensPerSecond: number;
  /** Processor time of the node. */
  readonly cpuMsPerToken: number;
  /** Of that, the thread that answers HTTP. */
  readonly mainCpuMsPerToken: number;
  /** Cores that neither the node nor its clients took. */
  readonly otherCores: number;
  /** Over HTTP only. */
  readonly answers: readonly ClientAnswer[];
}

export interface Target {
  readonly server: RemoteServer;
  readonly model: string;
}

export function overHttp({ server, model }: Target, job: BareJob): Promise<Round> {
  return measured(server, async () => {
    const { answers, seconds } = await runClients({ ...job, url: server.url, model });
    return { answers, seconds, tokens: answers.reduce((sum, each) => sum + each.tokens, 0) };
  });
}

export function withoutHttp({ server }: Target, job: BareJob): Promise<Round> {
  return measured(server, async () => ({ ...(await server.bare(job)), answers: [] }));
}

async function measured(
  server: RemoteServer,
  chats: () => Promise<{ tokens: number; seconds: number; answers: readonly ClientAnswer[] }>,
): Promise<Round> {
  const node = await server.ask("stats");
  const own = process.cpuUsage();
  const busy = busyMs();
  const fromMs = performance.now();
  const { tokens, seconds, answers } = await chats();
  const wallMs = performance.now() - fromMs;
  const ownMs = usedMs(own);
  const allMs = busyMs() - busy;
  const nodeNow = await server.ask("stats");
  const nodeMs = nodeNow.cpuMs - node.cpuMs;
  return {
    tokensPerSecond: tokens / seconds,
    cpuMsPerToken: nodeMs / tokens,
    mainCpuMsPerToken: (nodeNow.mainCpuMs - node.mainCpuMs) / tokens,
    otherCores: (allMs - nodeMs - ownMs) / wallMs,
    answers,
  };
}

function usedMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

/** Of all processes, since the machine began. */
function busyMs(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);
}
