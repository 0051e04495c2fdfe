/** `/openapi.json`, and `/docs`: the same for people. Both are made once, but for what examples name. */

import { contentTag, sendIfCached } from "../http/reply.ts";
import { apiDocument } from "../openapi/document.ts";
import { fillExamples } from "../openapi/examples.ts";
import { docsPage } from "../openapi/page.ts";
import { DOCS_STYLE } from "../openapi/pageStyle.ts";
import { defineRoute, type Route } from "./route.ts";

/** `routes` is what they describe. */
export function documentationRoutes(routes: readonly Route[]): readonly Route[] {
  const files = [
    ["/openapi.json", "application/json; charset=utf-8", () => JSON.stringify(apiDocument(routes))],
    ["/docs", "text/html; charset=utf-8", (hasPages: boolean) => docsPage(routes, hasPages)],
    ["/docs/style.css", "text/css; charset=utf-8", () => DOCS_STYLE],
  ] as const;
  return files.map(([path, type, make]) => {
    let made: string | undefined;
    return defineRoute({
      method: "get",
      path,
      tag: "node",
      summary: path === "/openapi.json" ? "This API as an OpenAPI 3.1 document." : "This API for people.",
      access: "public",
      answers: { status: 200, description: "The document.", types: [type.split(";")[0]!] },
      handle({ req, res, context }) {
        made ??= make(context.frontendFolder !== undefined);
        const model = context.services.models.find()?.id;
        const bytes = Buffer.from(path === "/docs" ? fillExamples(made, req.headers.host!, model) : made);
        res.setHeader("content-type", type);
        if (!sendIfCached(req, res, contentTag(bytes), "private, no-cache")) res.end(bytes);
        return undefined;
      },
    });
  });
}
