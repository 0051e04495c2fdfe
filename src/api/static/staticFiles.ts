/**
 * The pages: files of one folder, and the fixed table of vendor files. A path is taken only if every part of it is plain
 * (letters, digits, `-`, `_`, inner dots), and the real file, links resolved, lies inside the folder.
 */
import { readFile, realpath } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import type { Express, NextFunction, Request, Response } from "express";
import { errorCode } from "../../core/errors.ts";
import { type ApiContext, localsOf } from "../context.ts";
import { contentTag, sendIfCached } from "../http/reply.ts";
import { findVendorFile, VENDOR_FILES } from "./vendorFiles.ts";

const PAGES: ReadonlyMap<string, string> = new Map([
  ["/", "index.html"],
  ["/dashboard", "dashboard.html"],
  ["/explorer", "explorer.html"],
]);

const NOT_FOUND_PAGE = "notFound.html";

const PLAIN_PATH = /^(?:\/[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*){1,6}$/;

const TYPES: ReadonlyMap<string, string> = new Map([
  [".html", "text/html; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".mjs", "text/javascript; charset=utf-8"],
  [".json", "application/json; charset=utf-8"],
  [".svg", "image/svg+xml"],
  [".png", "image/png"],
  [".ico", "image/x-icon"],
  [".woff2", "font/woff2"],
  [".txt", "text/plain; charset=utf-8"],
  [".webmanifest", "application/manifest+json"],
]);

export function mountStaticFiles(app: Express, { frontendFolder }: ApiContext): void {
  app.get("/vendor/{*file}", async (req, res, next) => {
    const name = req.path.slice("/vendor/".length);
    const path = VENDOR_FILES.get(name);
    if (path === undefined) {
      next();
      return;
    }
    localsOf(res).route = "/vendor/*";
    await sendFile(req, res, findVendorFile(path), "private, max-age=3600");
  });
  if (frontendFolder === undefined) return;
  app.use(async (req: Request, res: Response, next: NextFunction) => {
    const name = fileOf(req);
    const file = name === undefined ? undefined : await insideOf(frontendFolder, name);
    if (file === undefined) {
      next();
      return;
    }
    localsOf(res).route = "/*";
    await sendFile(req, res, file, "private, no-cache");
  });
}

/** An address that nothing answers: a page for whoever likes HTML better than JSON, which is a person's browser. */
export function mountNotFoundPage(app: Express, { frontendFolder }: ApiContext): void {
  if (frontendFolder === undefined) return;
  app.use(async (req: Request, res: Response, next: NextFunction) => {
    const isRead = req.method === "GET" || req.method === "HEAD";
    const wanted = isRead && req.accepts("json", "html") === "html";
    const file = wanted ? await insideOf(frontendFolder, NOT_FOUND_PAGE) : undefined;
    if (file === undefined) {
      next();
      return;
    }
    res.setHeader("content-type", "text/html; charset=utf-8");
    res.statusCode = 404;
    res.end(await readFile(file));
  });
}

function fileOf({ method, path }: Request): string | undefined {
  if (method !== "GET" && method !== "HEAD") return undefined;
  const page = PAGES.get(path);
  if (page !== undefined) return page;
  return path.length <= 256 && PLAIN_PATH.test(path) && TYPES.has(extname(path)) ? path.slice(1) : undefined;
}

/** The real path of a file in `folder`; `undefined` when there is none, or it lies elsewhere. */
async function insideOf(folder: string, name: string): Promise<string | undefined> {
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, name));
    return file.startsWith(root + sep) ? file : undefined;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}

async function sendFile(req: Request, res: Response, file: string, cacheControl: string): Promise<void> {
  const bytes = await readFile(file);
  res.setHeader("content-type", TYPES.get(extname(file)) ?? "application/octet-stream");
  if (!sendIfCached(req, res, contentTag(bytes), cacheControl)) res.end(bytes);
}
