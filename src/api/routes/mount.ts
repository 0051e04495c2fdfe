/**
 * Puts routes into an express application: access, then the body, then the schemas, then the handler. A router tries its
 * addresses one after the other; those without a parameter have a router each, found by its address.
 */
import { type Express, type NextFunction, type Request, type Response, Router } from "express";
import { type ApiContext, localsOf } from "../context.ts";
import { apiError } from "../errors/apiError.ts";
import { checkAccess } from "../http/access.ts";
import { checkBodyHeaders, readJson } from "../http/jsonBody.ts";
import { hasBody } from "../http/refuseBody.ts";
import { sendReply } from "../http/reply.ts";
import { validate } from "../http/validate.ts";
import { NO_FIELDS, type Route } from "./route.ts";

export function mountRoutes(app: Express, context: ApiContext, routes: readonly Route[]): void {
  const fixed = new Map<string, Router>();
  const others = Router({ caseSensitive: true });
  for (const [path, ofPath] of Map.groupBy(routes, (route) => route.path)) {
    const router = path.includes(":") ? others : Router({ caseSensitive: true });
    if (router !== others) fixed.set(path, router);
    for (const route of ofPath) {
      router[route.method](path, nameRoute(path), checkAccess(context, route.access), handlerOf(context, route));
    }
    const methods = ofPath.map(({ method }) => method.toUpperCase());
    if (methods.includes("GET") && !methods.includes("HEAD")) methods.push("HEAD");
    router.all(path, nameRoute(path), refuseMethod([...methods, "OPTIONS"].join(", ")));
  }
  app.use((req: Request, res: Response, next: NextFunction): void => {
    const { path } = req;
    // As express has it: a slash at the end makes no difference.
    const router = fixed.get(path) ?? (path.endsWith("/") ? fixed.get(path.slice(0, -1)) : undefined) ?? others;
    router(req, res, next);
  });
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
    const params = validateFields(route.params, req.params);
    const query = validateFields(route.query, req.query);
    const body = await readBody(route, req, res);
    const log = context.logger;
    const reply = await route.handle({ params, query, body, req, res, context, log });
    if (reply !== undefined && !res.destroyed) sendReply(req, res, reply);
  };
}

function validateFields(schema: Route["params"], fields: object): unknown {
  return schema === NO_FIELDS && Object.keys(fields).length === 0 ? {} : validate(schema, { ...fields });
}

async function readBody({ body }: Route, req: Request, res: Response): Promise<unknown> {
  if (body === undefined) {
    // Nobody reads it, so nobody waits for it either.
    if (hasBody(req)) res.setHeader("connection", "close");
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
