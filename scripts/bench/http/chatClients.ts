/**
 * Clients of /v1 that ask at the same time and time what they get. They take part of the same cores as the node, so they
 * do as little as they can: plain `node:http`, and an answer is looked into when it is complete.
 */
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { errorCode } from "../../../src/core/errors.ts";

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

/** A connection of its own for each client, as long as the process lives. */
const agent = new Agent({ keepAlive: true });

export async function runClients(job: ClientsJob): Promise<{ answers: ClientAnswer[]; seconds: number }> {
  const answers: ClientAnswer[] = [];
  const from = performance.now();
  await Promise.all(
    Array.from({ length: job.clients }, async (_, client) => {
      for (let round = 0; round < job.rounds; round++) answers.push(await ask(job, questionOf(client, round)));
    }),
  );
  return { answers, seconds: (performance.now() - from) / 1000 };
}

async function ask({ url, model, maxTokens }: ClientsJob, question: string): Promise<ClientAnswer> {
  const body = JSON.stringify({
    model,
    messages: [{ role: "user", content: question }],
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: maxTokens,
    temperature: 0,
  });
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const from = performance.now();
  const post = async (): Promise<IncomingMessage> => {
    const asked = request(`${url}/v1/chat/completions`, { method: "POST", agent, headers });
    asked.end(body);
    try {
      return ((await once(asked, "response")) as [IncomingMessage])[0];
    } catch (error) {
      // A connection that was idle for as long as the server keeps one.
      if (asked.reusedSocket && errorCode(error) === "ECONNRESET") return post();
      throw error;
    }
  };
  const response = await post();
  let firstMs = 0;
  const pieces: Buffer[] = [];
  response.on("data", (piece: Buffer) => {
    pieces.push(piece);
    if (firstMs === 0 && /"content":"[^"]/.test(piece.toString("latin1"))) firstMs = performance.now() - from;
  });
  await once(response, "end");
  const totalMs = performance.now() - from;
  const text = Buffer.concat(pieces).toString("utf8");
  const tokens = Number(/"completion_tokens":(\d+)/.exec(text)?.[1] ?? 0);
  return { complete: text.endsWith("data: [DONE]\n\n"), tokens, firstMs, totalMs };
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
