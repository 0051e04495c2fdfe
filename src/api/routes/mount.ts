/** Puts routes into an express application: access, then the body, then the schemas, then the handler. */
import type { Express, NextFunction, Request, Response } from "express";
import { type ApiContext, localsOf } from "../context.ts";
import { apiError } from "../errors/apiError.ts";
import { checkAccess } from "../http/access.ts";
import { checkBodyHeaders, readJson } from "../http/jsonBody.ts";
import { sendReply } from "../http/reply.ts";
import { validate } from "../http/validate.ts";
import type { Route } from "./route.ts";

export function mountRoutes(app: Express, context: ApiContext, routes: readonly Route[]): void {
  for (const [path, ofPath] of Map.groupBy(routes, (route) => route.path)) {
    for (const route of ofPath) {
      app[route.method](path, nameRoute(path), checkAccess(context, route.access), handlerOf(context, route));
    }
    const methods = ofPath.map(({ method }) => method.toUpperCase());
    if (methods.includes("GET") && !methods.includes("HEAD")) methods.push("HEAD");
    app.all(path, nameRoute(path), refuseMethod([...methods, "OPTIONS"].join(", ")));
  }
}

function nameRoute(path: string) {
  return (_req: Request, res: Response, next: NextFunction): void => {
    localsOf(res).route = path;
    next();
  };
}

function refuseMethod(allowed: string) {
  return (req: Request, res: Response): void => {
    res.setHeader("allow", allowed);
    if (req.method !== "OPTIONS") {
      throw apiError("method_not_allowed", `method: expected ${allowed}, got ${req.method}`);
    }
    res.status(204).end();
  };
}

function handlerOf(context: ApiContext, route: Route) {
  return async (req: Request, res: Response): Promise<void> => {
    const params = validate(route.params, { ...req.params });
    const query = validate(route.query, { ...req.query });
    const body = await readBody(route, req, res);
    const log = context.logger;
    const reply = await route.handle({ params, query, body, req, res, context, log });
    if (reply !== undefined && !res.destroyed) sendReply(req, res, reply);
  };
}

async function readBody({ body }: Route, req: Request, res: Response): Promise<unknown> {
  if (body === undefined) {
    const { "content-length": length = "0", "transfer-encoding": transfer } = req.headers;
    // Nobody reads it, so nobody waits for it either.
    if (length !== "0" || transfer !== undefined) res.setHeader("connection", "close");
    return undefined;
  }
  if (body === "octets") {
    checkBodyHeaders(req, "application/octet-stream", Number.MAX_SAFE_INTEGER);
    return undefined;
  }
  return validate(body.schema, withoutNulls(await readJson(req, res, body.maxBytes)));
}

/** `null` means "not given", as the clients of OpenAI use it. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null));
}
