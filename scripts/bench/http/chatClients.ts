/** Clients of /v1 that ask at the same time and time what they get. */

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
  const from = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model,
      messages: [{ role: "user", content: questionOf(client) }],
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
    if (firstMs === 0 && /"content":"[^"]/.test(text)) firstMs = performance.now() - from;
  }
  const tokens = Number(/"completion_tokens":(\d+)/.exec(text)?.[1] ?? 0);
  return { complete: text.endsWith("data: [DONE]\n\n"), tokens, firstMs, totalMs: performance.now() - from };
}

/** Everybody asks something else, over HTTP and without the same. */
export function questionOf(client: number): string {
  return `Question ${client}: what is a DAG?`;
}
