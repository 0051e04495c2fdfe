/** Mistakes that servers make, one at a time, in front of a good one: what each changes in an answer's text. */

export interface Passed {
  readonly path: string;
  readonly status: number;
  readonly isStream: boolean;
  readonly text: string;
}

/** The changed text; `undefined`: the answer passes as it is. */
export type Mutation = (answer: Passed) => string | undefined;

/** In the streams of chats and completions. */
const inStream =
  (change: (text: string) => string) =>
  ({ isStream, path, text }: Passed) =>
    isStream && path.endsWith("completions") ? change(text) : undefined;

const inChunks = (change: (chunk: Record<string, unknown>, index: number, count: number) => unknown) =>
  inStream((text) => {
    const events = text.split("\n\n").filter((each) => each.startsWith("data: {"));
    const changed = events.flatMap((each, i) => {
      const value = change(JSON.parse(each.slice(6)) as Record<string, unknown>, i, events.length);
      return value === undefined ? [] : [`data: ${JSON.stringify(value)}\n\n`];
    });
    return `${changed.join("")}data: [DONE]\n\n`;
  });

const inWhole =
  (change: (body: Record<string, unknown>) => unknown) =>
  ({ isStream, status, path, text }: Passed) =>
    !isStream && status === 200 && path.endsWith("completions")
      ? JSON.stringify(change(JSON.parse(text) as Record<string, unknown>))
      : undefined;

type Choice = { delta: Record<string, unknown>; finish_reason: string | null };
const firstChoice = (chunk: Record<string, unknown>): Choice | undefined =>
  (chunk.choices as Choice[] | undefined)?.[0];

const inErrors =
  (change: (error: Record<string, unknown>) => string) =>
  ({ status, text }: Passed) =>
    status >= 400 ? change((JSON.parse(text) as { error: Record<string, unknown> }).error) : undefined;

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "no role in the first chunk": inChunks((chunk, i) => {
    const choice = firstChoice(chunk);
    if (i === 0 && choice !== undefined) delete choice.delta.role;
    return chunk;
  }),
  "the role in every chunk": inChunks((chunk) => {
    const choice = firstChoice(chunk);
    if (choice !== undefined) choice.delta.role = "assistant";
    return chunk;
  }),
  "no finish chunk": inChunks((chunk) => ((firstChoice(chunk)?.finish_reason ?? null) === null ? chunk : undefined)),
  "an invented finish reason": inChunks((chunk) => {
    const choice = firstChoice(chunk);
    if (choice !== undefined && choice.finish_reason !== null) choice.finish_reason = "eos";
    return chunk;
  }),
  "an empty finish reason in every chunk": inChunks((chunk) => {
    const choice = firstChoice(chunk);
    if (choice !== undefined) choice.finish_reason = "";
    return chunk;
  }),
  "a usage chunk without choices": inChunks((chunk) => {
    if (Array.isArray(chunk.choices) && chunk.choices.length === 0) delete chunk.choices;
    return chunk;
  }),
  "usage in every chunk": inChunks((chunk) => ({
    ...chunk,
    usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
  })),
  "an event of its own kind": inStream((text) => `event: hop\ndata: {"node":"a"}\n\n${text}`),
  "another id in every chunk": inChunks((chunk, i) => ({ ...chunk, id: `chatcmpl-${i}` })),
  "the object of a whole answer in chunks": inChunks((chunk) => ({ ...chunk, object: "chat.completion" })),
  "a chunk lost": inChunks((chunk, i) => (i === 2 ? undefined : chunk)),
  "a chunk twice": inStream((text) => text.replace(/(data: \{"id":[^\n]*"content":"[^"][^\n]*\n\n)/, "$1$1")),
  "an error in place of the end": inStream((text) =>
    text.replace(
      /data: \{[^\n]*"finish_reason":"length"[^\n]*\n\n[\s\S]*$/,
      'data: {"error":{"message":"x","type":"server_error","param":null,"code":"internal"}}\n\n',
    ),
  ),
  "no usage in a whole answer": inWhole(({ usage: _usage, ...body }) => body),
  "usage that does not add up": inWhole((body) => ({ ...body, usage: { ...(body.usage as object), total_tokens: 1 } })),
  "created in milliseconds": inWhole((body) => ({ ...body, created: Number(body.created) * 1000 })),
  "no role in a whole answer": inWhole((body) => {
    for (const choice of body.choices as { message?: { role?: string } }[]) delete choice.message?.role;
    return body;
  }),
  "another finish reason": inWhole((body) => {
    for (const choice of body.choices as { finish_reason: string }[]) choice.finish_reason = "eos";
    return body;
  }),
  "an error that is a text": inErrors(({ message }) => JSON.stringify({ error: message })),
  "an error as a detail": inErrors(({ message }) => JSON.stringify({ detail: message })),
  "an error as a page": inErrors(() => "<html><body>Bad Request</body></html>"),
  "an error without its param": inErrors((error) => JSON.stringify({ error: { ...error, param: null } })),
  "models as a bare list": ({ path, text }) =>
    path.endsWith("/models") ? JSON.stringify((JSON.parse(text) as { data: unknown }).data) : undefined,
  "models without created": ({ path, text }) =>
    path.endsWith("/models") ? text.replaceAll(/"created":\d+,/g, "") : undefined,
};
