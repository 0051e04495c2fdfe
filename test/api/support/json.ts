/** Answers as data whose shape the test knows. */
import { EventSourceParserStream } from "eventsource-parser/stream";

/** Any JSON: fields are looked at, and compared, not computed with. */
export interface Json {
  readonly error: Json;
  readonly data: Json;
  readonly items: Json;
  readonly choices: Json;
  readonly message: Json;
  readonly tokens: Json;
  readonly code: Json;
  readonly [key: string]: Json;
  readonly [index: number]: Json;
}

export async function jsonOf(response: Response): Promise<Json> {
  return (await response.json()) as Json;
}

export interface StreamedEvent {
  readonly event: string | undefined;
  readonly data: Json;
}

/** The events of a stream, comments left out. */
export async function eventsOf(response: Response): Promise<StreamedEvent[]> {
  const events: StreamedEvent[] = [];
  const stream = response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { event, data } of stream) events.push({ event, data: JSON.parse(data) as Json });
  return events;
}
