import { createServer } from "node:net";
import { listen } from "../../src/api/http/listen.ts";
import { createHttpServer } from "../../src/api/server.ts";
import type { AiBlockError } from "../../src/core/errors.ts";
import { createLogger } from "../../src/core/logger.ts";
import { scriptedNode } from "./support/scriptedNode.ts";
import { withServer } from "./support/withServer.ts";

const { log: logger } = createLogger({ level: "silent" });

function failure(options: { host?: string; port?: number; metricsPort?: number }): Promise<AiBlockError> {
  return createHttpServer({ services: scriptedNode(), port: 0, logger, ...options }).then(
    async (server) => {
      await server.close(0);
      throw new Error("it listens");
    },
    (error: AiBlockError) => error,
  );
}

test("a port that somebody has is refused with the setting, the address and the port, for the API and for metrics", () =>
  withServer({}, async ({ port }) => {
    const taken = (name: string) => ({
      code: "port_busy",
      message: `${name}: expected a free port of 127.0.0.1, but another program has port ${port}`,
      data: { host: "127.0.0.1", port },
    });
    expect(await failure({ port })).toMatchObject(taken("port"));
    expect(await failure({ metricsPort: port })).toMatchObject(taken("metricsPort"));
  }));

test("an address of another machine is refused by its setting", async () => {
  // RFC 5737: given to nobody.
  const server = createServer();
  await expect(listen(server, "192.0.2.1", 0, { host: "host", port: "port" })).rejects.toMatchObject({
    code: "address_unavailable",
    message: "host: expected an address of this machine, got 192.0.2.1",
  });
  server.close();
});
