/**
 * The HTTP server of a node: builds the application, listens, and closes in order (no new answers, a grace for running
 * ones, a last error for those that are left, then the connections).
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Clock, systemClock } from "../core/clock.ts";
import { AiBlockError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { RecentAnswers } from "./answer/recentAnswers.ts";
import { RunningAnswers } from "./answer/runningAnswers.ts";
import { createApp } from "./app.ts";
import type { ApiContext } from "./context.ts";
import { answerError, apiError } from "./errors/apiError.ts";
import { keepRoom } from "./http/connections.ts";
import { isLoopback } from "./http/hostAndOrigin.ts";
import { listen } from "./http/listen.ts";
import { oneRequestAtATime } from "./http/oneRequest.ts";
import { type RateLimitOptions, SlidingLimit } from "./http/rateLimits.ts";
import { closeUnread } from "./http/unreadAnswers.ts";
import { closeUnreadStreams } from "./http/unreadStreams.ts";
import { type ApiKeyEntry, ApiKeys } from "./keys/apiKey.ts";
import { LIMITS } from "./limits.ts";
import { createMetrics } from "./metrics/apiMetrics.ts";
import { startMetricsServer } from "./metrics/metricsServer.ts";
import type { NodeServices } from "./services/node.ts";

export interface HttpServerOptions {
  readonly services: NodeServices;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The pages; without it there are none. */
  readonly frontendFolder?: string;
  /** Without any, nobody is asked for a key. `ApiKeys` may change while the server runs. */
  readonly apiKeys?: readonly ApiKeyEntry[] | ApiKeys;
  /** Other names of this node that a `Host` header may have, without port. */
  readonly allowedHosts?: readonly string[];
  /** Other origins whose pages may ask, such as `https://chat.example`. */
  readonly allowedOrigins?: readonly string[];
  /** `/metrics` on this port of the loopback interface in place of the main one; 0 takes a free one. */
  readonly metricsPort?: number;
  /** By account, or by address without keys. Default: none. */
  readonly rateLimits?: RateLimitOptions;
  /** Listens to other machines without API keys. Default `false`. */
  readonly insecure?: boolean;
  readonly logger: Logger;
  readonly clock?: Clock;
}

export interface HttpServer {
  /** `http://127.0.0.1:8000`. */
  readonly url: string;
  readonly port: number;
  readonly metricsPort: number | undefined;
  /** Gives running answers `graceMs` to finish, default 8000. May be called twice. */
  close(graceMs?: number): Promise<void>;
}

/** Throws `insecure_bind`, `bad_api_key_entry`, `port_busy`, `port_forbidden`, `address_unavailable`. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host = "127.0.0.1", port, logger } = options;
  const context = createContext(options, host);
  const server = createServer(
    {
      headersTimeout: LIMITS.headersTimeoutMs,
      // Bodies have deadlines of their own: uploads may take long.
      requestTimeout: 0,
      connectionsCheckingInterval: LIMITS.connectionsCheckingIntervalMs,
      keepAliveTimeout: LIMITS.keepAliveTimeoutMs,
      highWaterMark: LIMITS.socketBufferBytes,
    },
    oneRequestAtATime(createApp(context)),
  );
  keepRoom(server, LIMITS.maxConnections);
  closeUnread(server, LIMITS.unreadTimeoutMs);
  closeUnreadStreams(server, LIMITS.drainTimeoutMs);
  server.maxRequestsPerSocket = LIMITS.maxRequestsPerSocket;
  // The body's reader says when to go on, after the checks.
  server.on("checkContinue", (req, res) => server.emit("request", req, res));
  server.on("clientError", refuseBadHttp);
  await listen(server, host, port, { host: "host", port: "port" });
  server.on("error", (err) => logger.error({ err }, "http server"));
  const metrics = await startMetrics(options, context, server);
  let closing: Promise<void> | undefined;
  return {
    url: `http://${urlHost(host)}:${portOf(server)}`,
    port: portOf(server),
    metricsPort: metrics === undefined ? undefined : portOf(metrics),
    close: (graceMs = 8000) => {
      closing ??= closeServers(server, metrics, context, graceMs);
      return closing;
    },
  };
}

function createContext(options: HttpServerOptions, host: string): ApiContext {
  const { services, logger, clock = systemClock, rateLimits = {}, frontendFolder, metricsPort } = options;
  const { apiKeys = [] } = options;
  const keys = apiKeys instanceof ApiKeys ? apiKeys : new ApiKeys(apiKeys);
  const loopbackOnly = isLoopback(host);
  if (!loopbackOnly && keys.size === 0 && options.insecure !== true) {
    throw new AiBlockError(
      "insecure_bind",
      `host: ${host} lets other machines use this node, and there is no API key that they would need`,
      { host },
    );
  }
  const answers = new RunningAnswers();
  const limit = (points: number | undefined) => (points === undefined ? undefined : new SlidingLimit(points, clock));
  return {
    services,
    clock,
    logger,
    keys,
    loopbackOnly,
    frontendFolder,
    answers,
    recent: new RecentAnswers(),
    allowedHosts: new Set([host, ...(options.allowedHosts ?? [])].map((name) => name.toLowerCase())),
    allowedOrigins: new Set(options.allowedOrigins),
    servesMetrics: metricsPort === undefined,
    metrics: createMetrics(services, () => answers.size),
    rateLimits: {
      requests: limit(rateLimits.requestsPerMinute),
      tokens: limit(rateLimits.tokensPerMinute),
      streams: rateLimits.streams,
      authFailures: new SlidingLimit(LIMITS.authFailuresPerMinute, clock),
    },
  };
}

/** Closes `server` again when the metrics' port is taken. */
async function startMetrics(
  { metricsPort }: HttpServerOptions,
  { metrics }: ApiContext,
  server: Server,
): Promise<Server | undefined> {
  if (metricsPort === undefined) return undefined;
  try {
    return await startMetricsServer(metrics.registry, metricsPort);
  } catch (error) {
    server.close();
    throw error;
  }
}

async function closeServers(
  server: Server,
  metrics: Server | undefined,
  { answers, metrics: { registry } }: ApiContext,
  graceMs: number,
): Promise<void> {
  const closed = [server, metrics].map(
    (each) => new Promise<void>((resolve) => (each === undefined ? resolve() : each.close(() => resolve()))),
  );
  server.closeIdleConnections();
  await answers.close(graceMs);
  server.closeAllConnections();
  metrics?.closeAllConnections();
  await Promise.all(closed);
  registry.clear();
}

/** What is no HTTP at all never reaches the application. */
function refuseBadHttp(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const late = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  const long = error.code === "HPE_HEADER_OVERFLOW";
  const status = late ? "408 Request Timeout" : long ? "431 Request Header Fields Too Large" : "400 Bad Request";
  const reason = late ? "the headers came too slowly" : long ? "the headers are too long" : "this is no HTTP request";
  const { body } = answerError(apiError(late ? "request_timeout" : "bad_request", reason));
  const text = JSON.stringify(body);
  const headers = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close`;
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${text}`, () => socket.destroy());
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** An address that can be opened: 0.0.0.0 stands for all of them. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
