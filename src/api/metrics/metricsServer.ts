/** `/metrics` on a port of its own, on the loopback interface only. */
import { createServer, type Server } from "node:http";
import type { Registry } from "prom-client";
import { listen } from "../http/listen.ts";
import { LIMITS } from "../limits.ts";

const HOST = "127.0.0.1";
const HOSTS = /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/i;

/** Throws `port_busy`, `port_forbidden`. */
export async function startMetricsServer(registry: Registry, port: number): Promise<Server> {
  const server = createServer(
    { headersTimeout: LIMITS.headersTimeoutMs, connectionsCheckingInterval: LIMITS.connectionsCheckingIntervalMs },
    (req, res) => {
      const isOurs = req.method === "GET" && req.url === "/metrics" && HOSTS.test(req.headers.host ?? "");
      if (!isOurs) {
        res.writeHead(404, { connection: "close" }).end();
        return;
      }
      registry.metrics().then(
        (text) => res.writeHead(200, { "content-type": registry.contentType }).end(text),
        () => res.writeHead(500).end(),
      );
    },
  );
  server.maxConnections = 16;
  await listen(server, HOST, port, { host: "host", port: "metricsPort" });
  // A connection that cannot be accepted, for example because there are too many open files, is none.
  server.on("error", () => undefined);
  return server;
}
