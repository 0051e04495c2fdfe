/** Mistakes in the events and objects of `/v1/responses`, one at a time. */
import type { Mutation } from "./mutations.ts";

type Event = Record<string, unknown> & { type: string };

const inEvents =
  (change: (event: Event) => readonly Event[]): Mutation =>
  ({ isStream, path, text }) => {
    if (!isStream || !path.endsWith("/responses")) return undefined;
    const events = text.split("\n\n").filter((each) => each !== "" && !each.startsWith(":"));
    const changed = events.flatMap((each) => {
      const data = each.slice(each.indexOf("data: ") + "data: ".length);
      return change(JSON.parse(data) as Event).map(
        (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
      );
    });
    return changed.join("");
  };

const inWhole =
  (change: (body: Record<string, unknown>) => unknown): Mutation =>
  ({ isStream, status, path, text }) =>
    !isStream && status === 200 && path.endsWith("/responses")
      ? JSON.stringify(change(JSON.parse(text) as Record<string, unknown>))
      : undefined;

const without = (type: string) => inEvents((event) => (event.type === type ? [] : [event]));

export const RESPONSE_MUTATIONS: Readonly<Record<string, Mutation>> = {
  "no response.created": without("response.created"),
  "no announcement of the message": without("response.output_item.added"),
  "no announcement of the part": without("response.content_part.added"),
  "no end of the message": without("response.output_item.done"),
  "no end of the response": inEvents((event) =>
    event.type === "response.completed" || event.type === "response.incomplete" ? [] : [event],
  ),
  "a cut answer that calls itself complete": inEvents((event) =>
    event.type === "response.incomplete" ? [{ ...event, type: "response.completed" }] : [event],
  ),
  "a delta twice": inEvents((event) => (event.type === "response.output_text.delta" ? [event, event] : [event])),
  "events without numbers": inEvents(({ sequence_number: _number, ...event }) => [event as Event]),
  "another response at the end": inEvents((event) =>
    event.type === "response.completed"
      ? [{ ...event, response: { ...(event.response as object), id: "resp_other" } }]
      : [event],
  ),
  "a response without output": inWhole((body) => ({ ...body, output: [] })),
  "a response without usage": inWhole(({ usage: _usage, ...body }) => body),
  "the object of a chat": inWhole((body) => ({ ...body, object: "chat.completion" })),
};
