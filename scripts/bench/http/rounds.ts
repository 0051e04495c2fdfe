/**
 * Rounds of the same chats: over HTTP, without it, and without it beside a process that takes as much of the processor as
 * the clients of HTTP do. Those share the cores and their caches with the node, which makes its threads slower: measured,
 * 2 % for 5 % of a core. The third kind has that too, so the difference to the first is HTTP alone.
 */
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
  /** Cores that this process took, and those that took neither it nor the node. */
  readonly ownCores: number;
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

/** @param ownCores what this process takes meanwhile */
export function withoutHttp({ server }: Target, job: BareJob, ownCores = 0): Promise<Round> {
  return measured(server, async () => {
    const load = takeCores(ownCores);
    try {
      return { ...(await server.bare(job)), answers: [] };
    } finally {
      clearInterval(load);
    }
  });
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
    ownCores: ownMs / wallMs,
    otherCores: (allMs - nodeMs - ownMs) / wallMs,
    answers,
  };
}

/** Keeps this process busy, in slices as short as the clients' own, until the timer is cleared. */
function takeCores(cores: number): NodeJS.Timeout {
  const own = process.cpuUsage();
  const fromMs = performance.now();
  return setInterval(() => {
    while (usedMs(own) < (performance.now() - fromMs) * cores);
  }, 1);
}

function usedMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

/** Of all processes, since the machine began. */
function busyMs(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);
}
