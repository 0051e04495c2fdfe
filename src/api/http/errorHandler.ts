/** The last handlers: addresses that nothing answers, and every error, in the one shape. Never a stack trace. */
import type { NextFunction, Request, Response } from "express";
import { excerpt } from "../../core/bytes.ts";
import { errorCode } from "../../core/errors.ts";
import { type ApiContext, localsOf } from "../context.ts";
import { answerError, apiError } from "../errors/apiError.ts";
import { answerUnread, hasBody } from "./refuseBody.ts";

const MISTAKEN = /^\/(?:v1\/v1(?:\/|$)|(?:models|chat\/completions|completions|embeddings|responses)(?:\/|$))/;

const CHAIN_BLOCKS = /^\/chain\/([^/]+)\/blocks\/?$/;

/** Throws `not_found`; base URLs that lack their `/v1`, or have it twice, are told so, as are chains that there are not. */
export function notFound(req: Request): never {
  const chain = CHAIN_BLOCKS.exec(req.path)?.[1];
  if (chain !== undefined) {
    throw apiError("not_found", `chain: expected A or B, got ${excerpt(chain)}`, { param: "chain" });
  }
  const hint = MISTAKEN.test(req.path) ? "; for OpenAI clients the base URL should end in /v1" : "";
  throw apiError("not_found", `there is nothing at this address${hint}`);
}

export function errorHandler({ logger }: ApiContext) {
  return (thrown: unknown, req: Request, res: Response, _next: NextFunction): void => {
    const { requestId, route } = localsOf(res);
    const error = errorCode(thrown) === undefined && isPathError(thrown) ? badPath() : thrown;
    const { status, body, headers, unexpected } = answerError(error, requestId);
    if (unexpected) logger.error({ requestId, route, err: error }, "http request failed");
    if (res.headersSent || res.destroyed) {
      res.destroy();
      return;
    }
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
    if (status === 401) res.setHeader("www-authenticate", "Bearer");
    res.setHeader("cache-control", "no-store");
    res.status(status).type("application/json");
    // Without a body a connection may go on, though the parser has not said yet that the request is over.
    if (req.complete || !hasBody(req)) res.end(JSON.stringify(body));
    else answerUnread(req, res, JSON.stringify(body));
  };
}

/** The router's own error for `%zz` in an address. */
function isPathError(error: unknown): boolean {
  return error instanceof URIError;
}

function badPath(): Error {
  return apiError("bad_path", "path: expected valid percent codes, got something else");
}
