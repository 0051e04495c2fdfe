/**
 * Clients of /v1 that ask at the same time and time what they get. They take part of the same cores as the node, so they
 * do as little as they can: plain `node:http`, and an answer is looked into when it is complete.
 */
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";

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
      for (let round = 0; round < job.rounds; round++) answers.push(await ask(job, client));
    }),
  );
  return { answers, seconds: (performance.now() - from) / 1000 };
}

async function ask({ url, model, maxTokens }: ClientsJob, client: number): Promise<ClientAnswer> {
  const body = JSON.stringify({
    model,
    messages: [{ role: "user", content: questionOf(client) }],
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: maxTokens,
    temperature: 0,
  });
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const from = performance.now();
  const asked = request(`${url}/v1/chat/completions`, { method: "POST", agent, headers });
  asked.end(body);
  const [response] = (await once(asked, "response")) as [IncomingMessage];
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

/** Everybody asks something else, over HTTP and without the same. */
export function questionOf(client: number): string {
  return `Question ${client}: what is a DAG?`;
}
