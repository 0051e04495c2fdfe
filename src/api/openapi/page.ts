/** The page `/docs`: every address with its fields and a curl line. Plain HTML, so it needs no script and no other site. */
import type { Route } from "../routes/route.ts";
import { jsonSchema } from "./document.ts";

export const DOCS_STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 56rem; padding: 1.5rem 1rem 4rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; } a { color: inherit; }
details { border-top: 1px solid #8884; padding: .6rem 0; } summary { cursor: pointer; }
code, pre { font: .875rem/1.45 ui-monospace, monospace; } pre { overflow-x: auto; padding: .8rem; background: #8881; border-radius: .4rem; }
.method { display: inline-block; min-width: 4rem; font-weight: 600; }
`;

const TITLES: Readonly<Record<string, string>> = {
  chat: "Chat",
  openai: "OpenAI-compatible",
  chain: "Chain",
  experts: "Experts and rewards",
  uploads: "Uploads",
  p2p: "Other nodes",
  node: "This node",
};

export function docsPage(routes: readonly Route[]): string {
  const sections = [...Map.groupBy(routes, ({ tag }) => tag)].map(
    ([tag, ofTag]) => `<h2 id="${tag}">${escapeHtml(TITLES[tag] ?? tag)}</h2>\n${ofTag.map(entry).join("\n")}`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AI-Block: HTTP API</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<h1>HTTP API</h1>
<p>The same as an <a href="/openapi.json">OpenAPI 3.1 document</a>. Back to the <a href="/">chat</a>.</p>
${sections.join("\n")}
</body>
</html>
`;
}

function entry(route: Route): string {
  const { method, path, summary, access, body, answers, errors } = route;
  const parts = [
    `<p>Access: ${access === "public" ? "anyone" : access === "read" ? "any API key" : `scope ${access}`}.</p>`,
  ];
  parts.push(block("curl", curl(route)));
  const query = (jsonSchema(route.query, "input") as { properties?: object }).properties ?? {};
  if (Object.keys(query).length > 0) parts.push(block("Query", JSON.stringify(query, null, 2)));
  if (body !== undefined && body !== "octets") {
    parts.push(block("Body", JSON.stringify(jsonSchema(body.schema, "input"), null, 2)));
  }
  if (answers.schema !== undefined) {
    parts.push(block(`Answer ${answers.status}`, JSON.stringify(jsonSchema(answers.schema, "output"), null, 2)));
  }
  if (errors.length > 0) parts.push(`<p>Errors: ${errors.map((code) => `<code>${code}</code>`).join(", ")}</p>`);
  const name = `<span class="method">${method.toUpperCase()}</span><code>${escapeHtml(path)}</code>`;
  return `<details><summary>${name} ${escapeHtml(summary)}</summary>\n${parts.join("\n")}\n</details>`;
}

function block(title: string, text: string): string {
  return `<p>${escapeHtml(title)}</p><pre>${escapeHtml(text)}</pre>`;
}

function curl({ method, path, body }: Route): string {
  const address = `http://127.0.0.1:8000${path.replaceAll(/:(\w+)/g, "<$1>")}`;
  const verb = method === "get" ? "" : method === "head" ? " --head" : ` -X ${method.toUpperCase()}`;
  if (body === undefined) return `curl${verb} '${address}'`;
  if (body === "octets") {
    const headers = ["upload-offset: 0", "upload-length: <bytes>", "content-type: application/octet-stream"];
    return `curl${verb} '${address}' ${headers.map((each) => `-H '${each}'`).join(" ")} --data-binary @file`;
  }
  return `curl '${address}' -H 'content-type: application/json' \\\n  -d '${JSON.stringify(body.example)}'`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
