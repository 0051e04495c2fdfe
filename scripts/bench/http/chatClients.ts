/**
 * Clients of /v1 that ask at the same time and time what they get. They take part of the same cores as the node, so they
 * do as little as they can: bytes over a socket of their own, looked into when the answer is complete.
 */
import type { Socket } from "node:net";
import { openSocket } from "../../torture/http/rawClient.ts";

export interface ClientsJob {
  readonly url: string;
  readonly model: string;
  readonly clients: number;
  /** Answers of each client, one after the other. */
  readonly rounds: number;
  readonly maxTokens: number;
}

export interface ClientAnswer {
  readonly complete: boolean;
  readonly tokens: number;
  readonly firstMs: number;
  readonly totalMs: number;
}

const LAST_CHUNK = "0\r\n\r\n";

/** A connection for each client, from one job to the next; the server closes those that are idle for long. */
const sockets = new Map<string, Socket>();

export async function runClients(job: ClientsJob): Promise<{ answers: ClientAnswer[]; seconds: number }> {
  const answers: ClientAnswer[] = [];
  const from = performance.now();
  await Promise.all(
    Array.from({ length: job.clients }, async (_, client) => {
      for (let round = 0; round < job.rounds; round++) answers.push(await ask(job, client, questionOf(client, round)));
    }),
  );
  return { answers, seconds: (performance.now() - from) / 1000 };
}

async function ask({ url, model, maxTokens }: ClientsJob, client: number, question: string): Promise<ClientAnswer> {
  const body = JSON.stringify({
    model,
    messages: [{ role: "user", content: question }],
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: maxTokens,
    temperature: 0,
  });
  const { host } = new URL(url);
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n`;
  const request = `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const from = performance.now();
  const pieces: Buffer[] = [];
  let firstMs = 0;
  await exchange(host, client, request, (piece) => {
    pieces.push(piece);
    if (firstMs === 0 && /"content":"[^"]/.test(piece.toString("latin1"))) firstMs = performance.now() - from;
  });
  const totalMs = performance.now() - from;
  const text = Buffer.concat(pieces).toString("utf8");
  const tokens = Number(/"completion_tokens":(\d+)/.exec(text)?.[1] ?? 0);
  const complete = text.startsWith("HTTP/1.1 200 ") && /data: \[DONE\]\n\n\r\n0\r\n\r\n$/.test(text);
  return { complete, tokens, firstMs, totalMs };
}

/** Sends a request and resolves after the last chunk of its answer, or when the server closes the connection. */
async function exchange(host: string, client: number, request: string, take: (piece: Buffer) => void): Promise<void> {
  const { socket, isNew } = await connection(host, `${host} ${client}`);
  const over = Promise.withResolvers<boolean>();
  let end = "";
  const onData = (piece: Buffer): void => {
    take(piece);
    end = (end + piece.subarray(-LAST_CHUNK.length).toString("latin1")).slice(-LAST_CHUNK.length);
    if (end === LAST_CHUNK) over.resolve(true);
  };
  const onClose = (): void => over.resolve(end !== "");
  socket.on("data", onData).on("close", onClose);
  socket.write(request);
  const isAnswered = await over.promise;
  socket.off("data", onData).off("close", onClose);
  // It was idle for as long as the server keeps one.
  if (!isAnswered && !isNew) await exchange(host, client, request, take);
}

async function connection(host: string, key: string): Promise<{ socket: Socket; isNew: boolean }> {
  const known = sockets.get(key);
  if (known?.writable) return { socket: known, isNew: false };
  const socket = (await openSocket(Number(host.split(":")[1]))).setNoDelay();
  sockets.set(key, socket);
  return { socket, isNew: true };
}

/** The demo model answers them in 18 to 31 tokens. */
const QUESTIONS = [
  "What is a DAG?",
  "How do I start a node?",
  "What is an expert?",
  "How is an author rewarded?",
  "What does the router do?",
  "Why are blocks signed?",
  "What is a head?",
  "What is gossip?",
];

/**
 * Each client asks something else, and something else in each round. Answers of one length would begin and end together
 * for as long as nothing comes between, which only callers within the node reach.
 */
export function questionOf(client: number, round: number): string {
  return `Question ${client}: ${QUESTIONS[(client + 3 * round) % QUESTIONS.length]}`;
}
