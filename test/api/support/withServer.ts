/** Runs a server around services for one test. */
import { createHttpServer, type HttpServer, type HttpServerOptions } from "../../../src/api/server.ts";
import { createLogger } from "../../../src/core/logger.ts";
import { type ScriptedNode, scriptedNode } from "./scriptedNode.ts";

export interface TestServer extends HttpServer {
  readonly node: ScriptedNode;
  /** Everything that was logged. */
  readonly logged: () => string;
  /** `fetch` with the path only. */
  get(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown, init?: RequestInit): Promise<Response>;
}

export async function withServer<T>(
  options: Partial<HttpServerOptions>,
  use: (server: TestServer) => Promise<T>,
  node = scriptedNode(),
): Promise<T> {
  let logged = "";
  const stream = {
    isTTY: false,
    write: (line: string) => {
      logged += line;
      return true;
    },
  } as unknown as NodeJS.WriteStream;
  const { log } = createLogger({ level: "debug", format: "json", stream });
  const server = await createHttpServer({ services: node, port: 0, logger: log, ...options });
  const get = (path: string, init?: RequestInit): Promise<Response> => fetch(server.url + path, init);
  try {
    return await use({
      ...server,
      node,
      logged: () => logged,
      get,
      post: (path, body, init = {}) =>
        get(path, {
          method: "POST",
          body: typeof body === "string" ? body : JSON.stringify(body),
          ...init,
          headers: { "content-type": "application/json", ...init.headers },
        }),
    });
  } finally {
    await server.close(0);
  }
}
