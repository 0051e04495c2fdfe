/**
 * Random requests from the OpenAPI document: every address, with values that its schema allows, values just beside
 * them, and nonsense. For finding inputs that nobody thought of.
 */
import type { Random } from "./random.ts";

export interface RandomRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: Schema;
}

export interface ApiOperation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | "octets" | undefined;
}

const NONSENSE: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1e308,
  -0.5,
  2 ** 53,
  "",
  "\u0000",
  "\ud800",
  "😀".repeat(50),
  "../../etc/passwd",
  "a".repeat(5000),
  [],
  [[[]]],
  {},
  { __proto__: null, constructor: 1 },
  "constructor",
  "__proto__",
];

const WORDS = [
  "tiny",
  "hi",
  "layer0.expert1",
  "layer0.expert9",
  "head",
  "a".repeat(64),
  "b".repeat(64),
  "AAAA",
  "user",
  "0",
];

/** The operations of an OpenAPI document. */
export function operationsOf(document: unknown): ApiOperation[] {
  type Raw = { parameters: Parameter[]; requestBody?: { content: Record<string, { schema?: Schema }> } };
  const { paths } = document as { paths: Record<string, Record<string, Raw>> };
  return Object.entries(paths).flatMap(([path, ofPath]) =>
    Object.entries(ofPath).map(([method, { parameters, requestBody }]) => {
      const json = requestBody?.content["application/json"]?.schema;
      const body = json ?? (requestBody === undefined ? undefined : ("octets" as const));
      return { method: method.toUpperCase(), path, parameters, body };
    }),
  );
}

export function randomRequest(operations: readonly ApiOperation[], random: Random): RandomRequest {
  const operation = pick(operations, random);
  const { parameters, body } = operation;
  const value = (schema: Schema): string =>
    asText(random.next() < 0.7 ? valueBy(schema, random, 0) : pick(NONSENSE, random));
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = parameters.find((each) => each.name === name);
    return encode(value(parameter?.schema ?? {}));
  });
  const query = parameters
    .filter((each) => each.in === "query" && (each.required || random.next() < 0.5))
    .map(({ name, schema }) => `${name}=${encode(value(schema))}`);
  if (random.next() < 0.05) query.push("extra=1");
  const headers: Record<string, string> = {};
  for (const { name, in: place } of parameters)
    if (place === "header") headers[name] = pick(["0", "5", "-1", "x", "99"], random);
  if (body !== undefined) headers["content-type"] = body === "octets" ? "application/octet-stream" : "application/json";
  if (random.next() < 0.03)
    headers["content-type"] = pick(["text/plain", "application/xml", "multipart/form-data"], random);
  const method = random.next() < 0.03 ? pick(["GET", "POST", "PUT", "DELETE", "PATCH"], random) : operation.method;
  return {
    method,
    path: path + (query.length > 0 ? `?${query.join("&")}` : ""),
    headers,
    body: method === "GET" || method === "HEAD" ? undefined : bodyText(body, random),
  };
}

function bodyText(body: ApiOperation["body"], random: Random): string | undefined {
  if (body === undefined) return random.next() < 0.1 ? "{}" : undefined;
  if (body === "octets") return "x".repeat(Math.floor(random.next() * 10));
  if (random.next() < 0.03) return pick(["", "{", "[1,", '"', "nul", "{}{}", '{"prompt":"\\ud800"}'], random);
  return JSON.stringify(valueBy(body, random, 0)) ?? "null";
}

function valueBy(schema: Schema, random: Random, depth: number): unknown {
  if (depth > 5 || random.next() < 0.08) return pick(NONSENSE, random);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return valueBy(pick(alternatives, random), random, depth);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return pick(schema.enum, random);
  const type = typeof schema.type === "string" ? schema.type : schema.type?.[0];
  if (type === "object") return objectOf(schema, random, depth);
  if (type === "array") {
    return Array.from({ length: Math.floor(random.next() * 4) }, () => valueBy(schema.items ?? {}, random, depth + 1));
  }
  if (type === "boolean") return random.next() < 0.5;
  if (type === "integer" || type === "number") return numberOf(schema, random, type);
  return random.next() < 0.8
    ? pick(WORDS, random)
    : String.fromCharCode(...Array.from({ length: 8 }, () => random.next() * 65_535));
}

function objectOf({ properties = {}, required = [] }: Schema, random: Random, depth: number): unknown {
  const names = Object.keys(properties).filter((name) =>
    required.includes(name) ? random.next() < 0.95 : random.next() < 0.3,
  );
  const entries = names.map((name): [string, unknown] => [name, valueBy(properties[name]!, random, depth + 1)]);
  if (names.length === 0 && Object.keys(properties).length === 0) entries.push(["5", 1]);
  if (random.next() < 0.05) entries.push([pick(["__proto__", "extra", "constructor"], random), 1]);
  return Object.fromEntries(entries);
}

function numberOf({ minimum = -10, maximum = 10 }: Schema, random: Random, type: string): number {
  const edges = [minimum, maximum, minimum - 1, maximum + 1];
  if (random.next() < 0.3) return pick(edges, random);
  const value = minimum + random.next() * (Math.min(maximum, minimum + 1000) - minimum);
  return type === "integer" ? Math.floor(value) : value;
}

function pick<T>(values: readonly T[], random: Random): T {
  return values[Math.floor(random.next() * values.length)] as T;
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
