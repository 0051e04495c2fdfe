/** A whole node with the model that comes with the program, in a folder of its own: nothing of it is a fixture. */
import { join } from "node:path";
import { resolveConfig } from "../../../../src/core/config/resolve.ts";
import { createLogger } from "../../../../src/core/logger.ts";
import type { NodeOptions } from "../../../../src/node/nodeOptions.ts";

export function demoNodeOptions(folder: string): NodeOptions {
  const flags = { dataDir: join(folder, "data"), keyFile: join(folder, "keys", "author.json"), httpPort: "0" };
  return {
    config: resolveConfig({ flags }).config,
    version: "0.0.0-test",
    logger: createLogger({ level: "silent" }).log,
    signal: new AbortController().signal,
    minFreeBytes: 0,
  };
}

/** A client that sees nothing of the node but its address. */
export class HttpClient {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.url + path, init);
  }

  post(path: string, body: object): Promise<Response> {
    const headers = { "content-type": "application/json" };
    return fetch(this.url + path, { method: "POST", headers, body: JSON.stringify(body) });
  }

  /** The JSON of an answer that is all right. */
  async json<T>(path: string, body?: object): Promise<T> {
    const response = await (body === undefined ? this.get(path) : this.post(path, body));
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** All items of a list, page by page. */
  async all<T>(path: string, limit: number): Promise<T[]> {
    const items: T[] = [];
    let cursor = "";
    for (;;) {
      const page = await this.json<{ items: T[]; next_cursor: string | null }>(`${path}?limit=${limit}${cursor}`);
      items.push(...page.items);
      if (page.next_cursor === null) return items;
      cursor = `&cursor=${page.next_cursor}`;
    }
  }

  /** Events of a stream, in order. */
  async events(
    path: string,
    body: object,
  ): Promise<{ readonly event: string; readonly data: Record<string, unknown> }[]> {
    const text = await (await this.post(path, { stream: true, ...body })).text();
    return text
      .split("\n\n")
      .filter((block) => block.startsWith("event: "))
      .map((block) => {
        const [, event = "", data = ""] = /^event: (\w+)\ndata: (.*)$/s.exec(block) ?? [];
        return { event, data: JSON.parse(data) as Record<string, unknown> };
      });
  }
}
