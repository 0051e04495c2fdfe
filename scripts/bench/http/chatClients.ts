/** Clients of /v1 in a thread of their own, so that reading their streams does not stand in the server's event loop. */
import { parentPort, workerData } from "node:worker_threads";

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

if (parentPort !== null) {
  const job = workerData as ClientsJob;
  const answers: ClientAnswer[] = [];
  // The first request of a thread loads and compiles its client.
  for (let i = 0; i < 3; i++) await ask(job, -1);
  const from = performance.now();
  await Promise.all(
    Array.from({ length: job.clients }, async (_, client) => {
      for (let round = 0; round < job.rounds; round++) answers.push(await ask(job, client));
    }),
  );
  parentPort.postMessage({ answers, seconds: (performance.now() - from) / 1000 });
}

async function ask({ url, model, maxTokens }: ClientsJob, client: number): Promise<ClientAnswer> {
  const from = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model,
      messages: [{ role: "user", content: `Question ${client}: what is a DAG?` }],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: maxTokens,
      temperature: 0,
    }),
  });
  let firstMs = 0;
  let text = "";
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (firstMs === 0 && text.includes('"content":"') && /"content":"[^"]/.test(text))
      firstMs = performance.now() - from;
  }
  const tokens = Number(/"completion_tokens":(\d+)/.exec(text)?.[1] ?? 0);
  return { complete: text.endsWith("data: [DONE]\n\n"), tokens, firstMs, totalMs: performance.now() - from };
}
