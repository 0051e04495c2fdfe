/** The id of a request, and one line and one measurement when its answer is over. Nothing of its content is logged. */
import { randomUUID } from "node:crypto";
import type { NextFunction, Request, Response } from "express";
import { type ApiContext, localsOf } from "../context.ts";

const METHODS = new Set(["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"]);

/** Gives the request an id: `x-request-id` of every answer, also in the log. */
export function requestLog({ clock, logger, metrics }: ApiContext) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const locals = localsOf(res);
    locals.requestId = `req_${randomUUID().replaceAll("-", "")}`;
    locals.startedMs = clock.monotonicMs();
    locals.route = "unknown";
    res.setHeader("x-request-id", locals.requestId);
    res.on("close", () => {
      const ms = clock.monotonicMs() - locals.startedMs;
      const status = res.writableFinished ? res.statusCode : 499;
      const method = METHODS.has(req.method) ? req.method : "_OTHER";
      metrics.httpSeconds.observe(
        { http_request_method: method, http_route: locals.route, http_response_status_code: String(status) },
        ms / 1000,
      );
      const fields = { requestId: locals.requestId, method, route: locals.route, status, ms: Math.round(ms) };
      logger.debug(fields, "http request");
    });
    next();
  };
}
