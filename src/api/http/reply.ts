/** Answers in one piece, with validators for caches. */
import { createHash } from "node:crypto";
import type { Request, Response } from "express";

export interface Reply {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** An `ETag` of the content: who has it already gets 304. */
  readonly tagged?: boolean;
}

/** Sends JSON. */
export function sendReply(
  req: Request,
  res: Response,
  { status = 200, body, headers = {}, tagged = false }: Reply,
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  res.setHeader("content-type", "application/json; charset=utf-8");
  if (tagged && status === 200) {
    if (sendIfCached(req, res, contentTag(bytes), "private, no-cache")) return;
  }
  res.statusCode = status;
  res.setHeader("content-length", bytes.length);
  res.end(bytes);
}

/** Sets the validators; true when the client has this version already, and has been told so. */
export function sendIfCached(req: Request, res: Response, tag: string, cacheControl: string): boolean {
  res.setHeader("etag", tag);
  res.setHeader("cache-control", cacheControl);
  const known = (req.headers["if-none-match"] ?? "").split(",").map((each) => each.trim().replace(/^W\//, ""));
  if (!known.includes(tag) && !known.includes("*")) return false;
  res.removeHeader("content-type");
  res.statusCode = 304;
  res.end();
  return true;
}

export function contentTag(bytes: Uint8Array): string {
  return `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
}
