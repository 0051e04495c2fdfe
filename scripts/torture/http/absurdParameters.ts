/** Absurd numbers in every numeric field of every address that generates: refused before anything is queued. */
import { allRoutes } from "../../../src/api/routes/index.ts";
import { below, exactly, type Finding, type Part, quantile } from "./part.ts";
import { withRemoteServer } from "./server/remote.ts";

const ABSURD = ["2147483648", "1e9", "-1e9", "1e308", "-5", "1.5", '"1"', '""', "true", "[]", "{}", "[1]"];
/** Beyond any range: also where 64-bit integers are fine. */
const BEYOND = ["1e400", "-1e400", "18446744073709551616", "0.5", "NaN", "-0.0001"];

const V1 = '"model":"tiny","messages":[{"role":"user","content":"hi"}]';
const ADDRESSES: Readonly<Record<string, string>> = {
  "/chat": '"prompt":"hi"',
  "/chat/distributed": '"prompt":"hi"',
  "/v1/chat/completions": V1,
  "/v1/completions": '"model":"tiny","prompt":"hi"',
  "/v1/responses": '"model":"tiny","input":"hi"',
};

interface Field {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly Field[];
}

async function run(): Promise<Finding[]> {
  return withRemoteServer({}, async ({ url, ask }) => {
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
    const generating = allRoutes().filter(({ access }) => access === "chat");
    const missing = generating.filter(({ path }) => ADDRESSES[path] === undefined).map(({ path }) => path);
    const bodies: [path: string, body: string][] = [];
    let fields = 0;
    for (const [path, base] of Object.entries(ADDRESSES)) {
      for (const [field, values] of absurdOf(document, path)) {
        fields++;
        for (const value of values) bodies.push([path, `{${base},"${field}":${value}}`]);
      }
      bodies.push([path, `{${base},"stop":[${'"x",'.repeat(100_000)}"x"]}`]);
      bodies.push([path, JSON.stringify({ prompt: "x".repeat(10_000_000) })]);
    }
    const times: number[] = [];
    let refused = 0;
    for (const [path, body] of [...bodies.slice(0, 50), ...bodies]) {
      const from = performance.now();
      const response = await fetch(url + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      }).catch(() => undefined);
      const text = (await response?.text()) ?? "";
      times.push(performance.now() - from);
      if (response !== undefined && response.status >= 400 && response.status < 500) refused++;
      else console.log(`${path} answered ${response?.status}: ${body.slice(0, 200)} ${text.slice(0, 100)}`);
    }
    const { begun } = await ask("stats");
    return [
      exactly(
        `of ${generating.length} addresses left out${missing.map((path) => ` ${path}`).join()}`,
        missing.length,
        0,
      ),
      exactly(`refused, of ${fields} numeric fields with absurd values`, refused - 50, bodies.length, "with a 4xx"),
      exactly("generations begun", begun, 0),
      below("answered, p99", quantile(times.slice(50), 0.99), 20, "ms"),
    ];
  });
}

interface Document {
  readonly paths: Record<
    string,
    { post: { requestBody: { content: { "application/json": { schema: { properties: Record<string, Field> } } } } } }
  >;
}

/** Numeric fields of an address, each with the values that its schema forbids. */
function absurdOf({ paths }: Document, path: string): [string, string[]][] {
  const { properties } = paths[path]!.post.requestBody.content["application/json"].schema;
  return Object.entries(properties).flatMap(([name, schema]): [string, string[]][] => {
    const numeric = [schema, ...(schema.anyOf ?? [])].find(({ type }) => type === "integer" || type === "number");
    if (numeric === undefined) return [];
    if (name === "seed") return [[name, BEYOND]];
    return [[name, [...ABSURD.filter((value) => !allows(numeric, value)), "1e400", "NaN"]]];
  });
}

function allows({ type, minimum = -Infinity, maximum = Infinity }: Field, text: string): boolean {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "number" || (type === "integer" && !Number.isInteger(value))) return false;
  return value >= minimum && value <= maximum;
}

export const absurdParameters: Part = { name: "parameters", attack: "absurd numbers in every numeric field", run };
