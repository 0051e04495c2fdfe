/** What the parts of one HTTP server share, and what a request carries. */
import type { Response } from "express";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import type { RecentAnswers } from "./answer/recentAnswers.ts";
import type { RunningAnswers } from "./answer/runningAnswers.ts";
import type { RateLimits } from "./http/rateLimits.ts";
import type { ApiKeys, Scope } from "./keys/apiKey.ts";
import type { ApiMetrics } from "./metrics/apiMetrics.ts";
import type { NodeServices } from "./services/node.ts";

export interface ApiContext {
  readonly services: NodeServices;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly keys: ApiKeys;
  readonly allowedHosts: ReadonlySet<string>;
  readonly allowedOrigins: ReadonlySet<string>;
  /** Answers to the names and addresses of the loopback interface only. */
  readonly loopbackOnly: boolean;
  readonly rateLimits: RateLimits;
  readonly metrics: ApiMetrics;
  readonly answers: RunningAnswers;
  readonly recent: RecentAnswers;
  readonly frontendFolder: string | undefined;
  /** `/metrics` is on this server; otherwise on a port of its own. */
  readonly servesMetrics: boolean;
}

/** Who asks: an account of an API key, or an address. */
export interface Caller {
  /** Prefixed, so that an account cannot take an address's name. */
  readonly name: string;
  /** `undefined` when the node asks for no keys: everything is allowed. */
  readonly scopes: readonly Scope[] | undefined;
}

/** Set by the middleware of http/. */
export interface RequestLocals {
  requestId: string;
  startedMs: number;
  caller: Caller;
  /** Template of the route, never the address itself. */
  route: string;
}

export function localsOf(res: Response): RequestLocals {
  return res.locals as RequestLocals;
}
