/**
 * The page `/docs`: every address with its fields and a curl line, for `fillExamples`. Its text is plain HTML, to be read
 * without any script.
 */
import type * as z from "zod";
import type { Route } from "../routes/route.ts";
import { jsonSchema } from "./document.ts";
import { EXAMPLE_ADDRESS } from "./examples.ts";
import { fieldTable, type JsonSchema } from "./fieldTable.ts";
import { escapeHtml, sentenceHtml } from "./html.ts";
import { framePage } from "./pageFrame.ts";

const TITLES: Readonly<Record<string, string>> = {
  chat: "Chat",
  openai: "OpenAI-compatible",
  chain: "Chain",
  experts: "Experts and rewards",
  uploads: "Uploads",
  p2p: "Other nodes",
  node: "This node",
};

/** `hasPages`: the server has the files of frontend/, whose bar and theme switch the page then takes. */
export function docsPage(routes: readonly Route[], hasPages: boolean): string {
  const parts = [...Map.groupBy(routes, ({ tag }) => tag)];
  const links = parts.map(([tag]) => `<li><a href="#${tag}">${titleOf(tag)}</a></li>`);
  const sections = parts.map(
    ([tag, ofTag]) =>
      `<h2 id="${tag}">${titleOf(tag)}</h2>\n<div class="routes">\n${ofTag.map(entry).join("\n")}\n</div>`,
  );
  return framePage(
    `<h1>HTTP API</h1>
<p class="lead">Every address of this node. Press one to see its fields and a line to try it with. Programs read the same as
an <a href="/openapi.json">OpenAPI 3.1 document</a>; clients of OpenAI take <code>/v1</code> as their base URL.</p>
<ul class="parts">${links.join("")}</ul>
${sections.join("\n")}`,
    hasPages,
  );
}

function entry(route: Route): string {
  const { method, path, summary, access, body, answers, errors } = route;
  const about = [`<pre>${escapeHtml(curl(route))}</pre>`];
  about.push(fields("In the address", route.params, "input"));
  about.push(fields("Query", route.query, "input"));
  if (body !== undefined && body !== "octets") about.push(fields("Body", body.schema, "input"));
  if (answers.schema !== undefined) about.push(fields(`Answer ${answers.status}`, answers.schema, "output"));
  const key = access === "read" ? "any API key" : `an API key with the scope <code>${access}</code>`;
  const who = access === "public" ? "It needs no API key." : `Where the node asks for API keys, it needs ${key}.`;
  const codes = errors.map((code) => `<code>${code}</code>`).join(", ");
  about.push(`<p>${who}${codes === "" ? "" : ` Errors of its own: ${codes}.`}</p>`);
  const name = `<span class="method ${method}">${method.toUpperCase()}</span><code class="path">${escapeHtml(path)}</code>`;
  return `<details><summary>${name}<span class="what">${sentenceHtml(summary)}</span></summary>\n<div class="about">${about.join("\n")}</div>\n</details>`;
}

/** The first level as a table, all of it as a schema. */
function fields(title: string, of: z.ZodType, io: "input" | "output"): string {
  const schema: JsonSchema = jsonSchema(of, io);
  const table = fieldTable(schema, io);
  if (table === "" && schema.type === "object") return "";
  const whole = `<details><summary>as a JSON schema</summary><pre>${escapeHtml(JSON.stringify(schema, null, 2))}</pre></details>`;
  return `<h3>${escapeHtml(title)}</h3>${table}${whole}`;
}

function curl({ method, path, query, body }: Route): string {
  const { required = [] } = jsonSchema(query, "input") as { required?: readonly string[] };
  const asked = required.map((name) => `${name}=<${name}>`).join("&");
  const address = `${EXAMPLE_ADDRESS}${path.replaceAll(/:(\w+)/g, "<$1>")}${asked === "" ? "" : `?${asked}`}`;
  const verb = method === "get" ? "" : method === "head" ? " --head" : ` -X ${method.toUpperCase()}`;
  if (body === undefined) return `curl${verb} '${address}'`;
  if (body === "octets") {
    const headers = ["upload-offset: 0", "upload-length: <bytes>", "content-type: application/octet-stream"];
    return `curl${verb} '${address}' ${headers.map((each) => `-H '${each}'`).join(" ")} --data-binary @file`;
  }
  return `curl '${address}' -H 'content-type: application/json' \\\n  -d '${JSON.stringify(body.example)}'`;
}

function titleOf(tag: string): string {
  return escapeHtml(TITLES[tag] ?? tag);
}
