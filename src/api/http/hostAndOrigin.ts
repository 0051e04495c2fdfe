/**
 * Who may reach the node through a browser.
 *
 * The `Host` header has to be a name of this node: a stranger's page whose name was pointed to 127.0.0.1 afterwards (DNS
 * rebinding) still carries the stranger's name. An IP address cannot be re-pointed, so off loopback any address is fine.
 * Pages of other origins are refused unless they are on the allow list; those get CORS headers.
 */
import { isIP } from "node:net";
import type { NextFunction, Request, Response } from "express";
import { excerpt } from "../../core/bytes.ts";
import type { ApiContext } from "../context.ts";
import { apiError } from "../errors/apiError.ts";

const LOOPBACK_NAMES = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Headers that the clients of OpenAI send. */
const CORS_HEADERS = [
  "authorization",
  "content-type",
  "openai-beta",
  "openai-organization",
  "openai-project",
  "user-agent",
  "upload-offset",
  "upload-length",
  ...[
    "arch",
    "async",
    "custom-poll-interval",
    "helper-method",
    "lang",
    "os",
    "package-version",
    "poll-helper",
    "retry-count",
    "runtime",
    "runtime-version",
    "timeout",
  ].map((name) => `x-stainless-${name}`),
].join(", ");

const EXPOSED_HEADERS = [
  "x-request-id",
  "retry-after",
  "retry-after-ms",
  "x-moe-ignored",
  "upload-offset",
  "upload-length",
  ...["limit", "remaining", "reset"].flatMap((what) => [`x-ratelimit-${what}-requests`, `x-ratelimit-${what}-tokens`]),
].join(", ");

/** Throws `host_not_allowed`. */
export function checkHost({ allowedHosts, loopbackOnly }: ApiContext) {
  return (req: Request, _res: Response, next: NextFunction): void => {
    const header = req.headers.host;
    const name = header === undefined ? undefined : hostName(header);
    const isAddress = name !== undefined && !loopbackOnly && isIP(name.replace(/^\[|\]$/g, "")) !== 0;
    if (name === undefined || !(LOOPBACK_NAMES.has(name) || allowedHosts.has(name) || isAddress)) {
      const got = header === undefined ? "none" : excerpt(header);
      throw apiError(
        "host_not_allowed",
        `Host: expected a name of this node, got ${got}; names are added with --http-allowed-hosts`,
      );
    }
    next();
  };
}

/** Throws `origin_not_allowed`; answers preflight requests of allowed origins. */
export function checkOrigin({ allowedOrigins }: ApiContext) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const { origin, host } = req.headers;
    const site = req.headers["sec-fetch-site"];
    const foreign = site === "cross-site" || site === "same-site";
    if (origin === undefined) {
      // A link from elsewhere may open a page; its images and scripts may not fetch anything.
      if (foreign && req.headers["sec-fetch-mode"] !== "navigate") throw refused("another site");
      next();
      return;
    }
    res.vary("Origin");
    if (origin === `http://${host}` || origin === `https://${host}`) {
      next();
      return;
    }
    if (!allowedOrigins.has(origin)) throw refused(origin);
    res.setHeader("access-control-allow-origin", origin);
    res.setHeader("access-control-expose-headers", EXPOSED_HEADERS);
    res.setHeader("cross-origin-resource-policy", "cross-origin");
    if (req.method === "OPTIONS" && req.headers["access-control-request-method"] !== undefined) {
      res.setHeader("access-control-allow-methods", "GET, HEAD, POST, PATCH, DELETE");
      res.setHeader("access-control-allow-headers", CORS_HEADERS);
      res.setHeader("access-control-max-age", "600");
      res.status(204).end();
      return;
    }
    next();
  };
}

function refused(origin: string): Error {
  return apiError(
    "origin_not_allowed",
    `Origin: expected this node's own, got ${excerpt(origin)}; others are added with --http-allowed-origins`,
  );
}

/** The name without the port, in lower case; `undefined` for what is none. */
function hostName(header: string): string | undefined {
  const match = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::\d{1,5})?$/i.exec(header);
  return match?.[1]?.toLowerCase().replace(/\.$/, "");
}

/** Whether a server on `host` is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
