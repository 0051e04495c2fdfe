/** Who asks, and whether they may: API keys, limits, scopes. Runs before a body is read. */
import type { NextFunction, Request, Response } from "express";
import { type ApiContext, type Caller, localsOf } from "../context.ts";
import { apiError } from "../errors/apiError.ts";
import type { Scope } from "../keys/apiKey.ts";
import { addressGroup, type LimitState } from "./rateLimits.ts";

/** What a route asks for: `public` takes anyone, `read` any key. */
export type Access = "public" | "read" | Scope;

/** Throws `invalid_api_key`, `insufficient_scope`, `rate_limit_exceeded`. */
export function checkAccess(context: ApiContext, access: Access) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const address = addressGroup(req.socket.remoteAddress);
    const caller = access === "public" ? { name: address, scopes: undefined } : identify(context, req, address);
    localsOf(res).caller = caller;
    if (access !== "public") spendRequest(context, caller, res);
    if (access !== "public" && access !== "read" && caller.scopes?.includes(access) === false) {
      const message = `Authorization: expected a key with the scope ${access}, got one without`;
      throw apiError("insufficient_scope", message, { scope: access });
    }
    next();
  };
}

function identify({ keys, rateLimits, metrics }: ApiContext, req: Request, address: string): Caller {
  if (!keys.required) return { name: address, scopes: undefined };
  const text = /^bearer +(\S{1,200})$/i.exec(req.headers.authorization ?? "")?.[1];
  const entry = text === undefined ? undefined : keys.find(text);
  if (entry === undefined) {
    metrics.authFailures.inc();
    // Whoever has a key does not wait: behind a proxy all callers have one address, and one of them could lock out all.
    const failures = rateLimits.authFailures.state(address);
    if (failures.remaining === 0) throw limited(failures, "auth", "too many wrong API keys from this address");
    rateLimits.authFailures.spend(address, 1);
    const got = text === undefined ? "none" : "another";
    throw apiError("invalid_api_key", `Authorization: expected "Bearer" and a valid API key, got ${got}`);
  }
  return { name: `account:${entry.account ?? entry.id}`, scopes: entry.scopes };
}

function spendRequest({ rateLimits: { requests, tokens }, metrics }: ApiContext, caller: Caller, res: Response): void {
  const check = (scope: "requests" | "tokens", state: LimitState | undefined): void => {
    if (state === undefined) return;
    res.setHeader(`x-ratelimit-limit-${scope}`, String(state.limit));
    const remaining = scope === "requests" ? state.remaining - 1 : state.remaining;
    res.setHeader(`x-ratelimit-remaining-${scope}`, String(Math.max(0, remaining)));
    res.setHeader(`x-ratelimit-reset-${scope}`, `${Math.ceil(state.resetMs / 1000)}s`);
    if (state.remaining > 0) return;
    metrics.rateLimited.inc({ scope });
    throw limited(state, scope, `the limit of ${state.limit} ${scope} a minute is reached`);
  };
  check("requests", requests?.state(caller.name));
  requests?.spend(caller.name, 1);
  check("tokens", tokens?.state(caller.name));
}

function limited(state: LimitState, scope: string, message: string): Error {
  return apiError("rate_limit_exceeded", message, { scope, retryAfterMs: Math.min(state.resetMs, 5_000) });
}
