/** A proxy before a server that makes one mistake, to show that the checks of clients can fail. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import type { Mutation } from "./mutations.ts";

/** Runs `use` with the address of a proxy before `origin` that changes answers. */
export async function withProxy<T>(origin: string, change: Mutation, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((req, res) => {
    const controller = new AbortController();
    res.on("close", () => controller.abort());
    const answer = async (): Promise<void> => {
      const body = await readText(req);
      const response = await fetch(origin + req.url, {
        method: req.method ?? "GET",
        headers: { "content-type": "application/json", authorization: "Bearer any" },
        signal: controller.signal,
        ...(body !== "" && { body }),
      });
      const type = response.headers.get("content-type") ?? "";
      const text = await response.text();
      const isStream = type.startsWith("text/event-stream");
      const changed = change({ path: req.url ?? "", status: response.status, isStream, text });
      const headers = { "content-type": type, "x-request-id": response.headers.get("x-request-id") ?? "" };
      res.writeHead(response.status, headers).end(changed ?? text);
    };
    answer().catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
