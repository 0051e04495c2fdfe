/** The express application: what every request passes, then the routes, the pages, and the errors. */
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import type { ApiContext } from "./context.ts";
import { errorHandler, notFound } from "./http/errorHandler.ts";
import { checkHost, checkOrigin } from "./http/hostAndOrigin.ts";
import { requestLog } from "./http/requestLog.ts";
import { securityHeaders } from "./http/securityHeaders.ts";
import { allRoutes } from "./routes/index.ts";
import { mountRoutes } from "./routes/mount.ts";
import { mountNotFoundPage, mountStaticFiles } from "./static/staticFiles.ts";

export function createApp(context: ApiContext): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("trust proxy", false);
  app.set("query parser", "simple");
  app.enable("case sensitive routing");
  app.use(requestLog(context), securityHeaders, checkHost(context), checkOrigin(context), plainSlashes);
  mountRoutes(app, context, allRoutes(context.servesMetrics));
  mountStaticFiles(app, context);
  mountNotFoundPage(app, context);
  app.use(notFound);
  app.use(errorHandler(context));
  return app;
}

/** `//v1///models` is what joining a base URL with a slash at its end to a path gives. */
function plainSlashes(req: Request, _res: Response, next: NextFunction): void {
  const query = req.url.indexOf("?");
  const path = query < 0 ? req.url : req.url.slice(0, query);
  if (path.includes("//")) req.url = path.replaceAll(/\/{2,}/g, "/") + (query < 0 ? "" : req.url.slice(query));
  next();
}
