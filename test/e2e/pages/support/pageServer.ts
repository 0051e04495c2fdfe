/** The real HTTP server over fixture services: everything that a page meets but the model is as in a node. */
import { join } from "node:path";
import { createHttpServer, type HttpServer, type HttpServerOptions } from "../../../../src/api/server.ts";
import { createLogger } from "../../../../src/core/logger.ts";
import { createFixture, type Fixture } from "./fixtureServices.ts";

export const FRONTEND = join(import.meta.dirname, "../../../../frontend");

export interface PageServer extends Fixture {
  readonly server: HttpServer;
}

/** Close `server` when done. */
export async function startPageServer(port = 0, apiKeys: HttpServerOptions["apiKeys"] = []): Promise<PageServer> {
  const fixture = createFixture();
  const { log: logger } = createLogger({ level: "silent" });
  const { services } = fixture;
  const server = await createHttpServer({ services, port, apiKeys, frontendFolder: FRONTEND, logger });
  // Not a copy: `fixture.health` is set by tests later.
  return Object.assign(fixture, { server });
}
