/**
 * SIGTERM to a real node (`ai-block start` with the demo model) with 500 streams open, some of which nobody reads: it
 * ends with 0 in time, every stream has a last event or error, and what was answered is counted at the next start. A
 * second SIGTERM ends it at once.
 */
import { join } from "node:path";
import { requestText } from "../../../test/api/support/raw.ts";
import { Workplace } from "../../../test/cli/runCli.ts";
import { type Started, startCli } from "../../../test/cli/runningNode.ts";
import { interrupted } from "./interruption.ts";
import { atMost, exactly, type Finding, noted, type Part } from "./part.ts";
import { type Ending, openStream, type StreamClient } from "./streamClient.ts";

const READING = 480;
const UNREAD = 20;
/** Asked for at a time: more would wait for the tokenizer than it lets wait, and be told to come back. */
const TOGETHER = 100;
const DEMO = join(import.meta.dirname, "../../../data/demo");
const SETTINGS = ["--json", "--chat-max-waiting", "1024"];
const LOAD_MS = 30_000;
/** Answers that do not end by themselves: most are still open when the last one is asked for. */
const BODY = { prompt: "What is a DAG?", stream: true, max_tokens: 200, temperature: 0, logit_bias: { "1": -100 } };
const ASK = requestText("POST", "/chat", { "Content-Type": "application/json" }, JSON.stringify(BODY));

async function run(): Promise<Finding[]> {
  const workplace = await Workplace.create();
  try {
    const { findings, tokens } = await withNode(workplace, endOnce);
    return [...findings, ...(await withNode(workplace, (node) => endTwice(node, tokens)))];
  } finally {
    await workplace.remove();
  }
}

/** Runs `use` with a node, which is gone afterwards whatever happens. */
async function withNode<T>(workplace: Workplace, use: (node: Started) => Promise<T>): Promise<T> {
  interrupted.throwIfAborted();
  const node = await startCli(workplace, DEMO, ...SETTINGS);
  const kill = (): void => {
    node.child.kill("SIGKILL");
  };
  interrupted.addEventListener("abort", kill);
  try {
    return await use(node);
  } finally {
    interrupted.removeEventListener("abort", kill);
    kill();
    await node.result;
  }
}

/** One signal: everybody gets an ending. */
async function endOnce(node: Started): Promise<{ findings: Finding[]; tokens: number }> {
  const port = portOf(node);
  const clients: StreamClient[] = [];
  let over = 0;
  const open = (count: number, reads: boolean): StreamClient[] =>
    Array.from({ length: count }, () => {
      const client = openStream(port, ASK, { reads });
      void client.ended.then(() => over++);
      return client;
    });
  while (clients.length < READING) {
    clients.push(...open(Math.min(TOGETHER, READING - clients.length), true));
    await loaded(port, () => clients.length - over);
  }
  const unread = open(UNREAD, false);
  await loaded(port, () => READING + UNREAD - over);
  const openAtSignal = READING + UNREAD - over;
  const from = performance.now();
  node.child.kill("SIGTERM");
  const endings = await Promise.all(clients.map(({ ended }) => ended));
  const { code, signal } = await node.result;
  const seconds = (performance.now() - from) / 1000;
  for (const { socket } of unread) socket.destroy();
  const count = (kind: Ending["kind"]): number => endings.filter((ending) => ending.kind === kind).length;
  const findings = [
    noted("streams open at the signal", openAtSignal, ""),
    exactly("exit code", code ?? (signal === null ? -1 : -2), 0),
    atMost("from SIGTERM to the end", seconds, 15, "s"),
    exactly("streams with a last event or an error", READING - count("cut"), READING, `of ${READING}`),
    noted("of them answered to the end", count("done"), ""),
    noted("of them ended with an error", count("error"), ""),
  ];
  return { findings, tokens: endings.reduce((sum, { tokens }) => sum + tokens, 0) };
}

/** The next start counts the tokens that the first has answered; two signals end it. */
async function endTwice(node: Started, answered: number): Promise<Finding[]> {
  const port = portOf(node);
  const { items } = (await (await fetch(`http://127.0.0.1:${port}/experts?limit=1000`)).json()) as {
    items: { layer: number; activations: number }[];
  };
  const layer0 = items.filter(({ layer }) => layer === 0).reduce((sum, { activations }) => sum + activations, 0);
  const streams = Array.from({ length: 50 }, () => openStream(port, ASK));
  await loaded(port, () => 50);
  node.child.kill("SIGTERM");
  await new Promise((resolve) => setTimeout(resolve, 500));
  const from = performance.now();
  node.child.kill("SIGTERM");
  const { code, signal } = await node.result;
  const ms = performance.now() - from;
  await Promise.all(streams.map(({ ended }) => ended));
  return [
    exactly("tokens of finished answers that were not counted", Math.max(0, answered - layer0), 0, `of ${answered}`),
    // By SIGINT itself, which shells report as 130.
    exactly("exit code of a second SIGTERM", code ?? (signal === "SIGINT" ? 130 : -1), 130),
    atMost("from the second SIGTERM to the end", ms, 1000, "ms"),
  ];
}

/** Resolves when as many answers as `count` says are under way or wait. Throws when there are not in time. */
async function loaded(port: number, count: () => number): Promise<void> {
  const from = performance.now();
  let most = 0;
  while (performance.now() - from < LOAD_MS) {
    const { load } = (await (await fetch(`http://127.0.0.1:${port}/health`)).json()) as {
      load: { running: number; waiting: number };
    };
    most = Math.max(most, load.running + load.waiting);
    if (load.running + load.waiting >= count()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`expected ${count()} answers under way at a time, got ${most}`);
}

function portOf({ ready }: Started): number {
  return Number(new URL((JSON.parse(ready) as { chat: string }).chat).port);
}

export const shutdown: Part = { name: "shutdown", attack: "SIGTERM with 500 streams open", run };
