/** The OpenAPI 3.1 document, made from the schemas that check requests. */
import * as z from "zod";
import { ERROR_TABLE } from "../errors/errorTable.ts";
import type { Route } from "../routes/route.ts";

const COMMON_ERRORS = ["invalid_value", "host_not_allowed", "origin_not_allowed", "internal"] as const;
const KEY_ERRORS = ["invalid_api_key", "insufficient_scope", "rate_limit_exceeded"] as const;
const BODY_ERRORS = ["invalid_json", "payload_too_large", "unsupported_media_type", "unsupported_encoding"] as const;

const errorSchema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["message", "type", "param", "code"],
      properties: {
        message: { type: "string" },
        type: { enum: ["invalid_request_error", "rate_limit_error", "server_error"] },
        param: { type: ["string", "null"], description: "The field that caused it." },
        code: { type: "string", description: "Stable; see docs/errors.md." },
        data: { type: "object", description: "Facts behind the message, by the code." },
        request_id: { type: "string" },
      },
    },
  },
};

export function apiDocument(routes: readonly Route[]): object {
  const paths = new Map<string, Record<string, object>>();
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    const operations = paths.get(path) ?? {};
    operations[route.method] = operation(route);
    paths.set(path, operations);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "AI-Block node",
      version: "0.1.0",
      description:
        "Chat with a Mixture-of-Experts model whose experts are blocks of a chain, and look into that chain.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    paths: Object.fromEntries(paths),
    components: {
      schemas: { Error: errorSchema },
      securitySchemes: { key: { type: "http", scheme: "bearer", description: "Where the node asks for API keys." } },
    },
  };
}

function operation(route: Route): object {
  const { method, path, tag, summary, access, body, answers } = route;
  const schema = answers.schema === undefined ? undefined : jsonSchema(answers.schema, "output");
  const types = [...(schema === undefined ? [] : ["application/json"]), ...(answers.types ?? [])];
  const content = Object.fromEntries(
    types.map((type) => [type, type === "application/json" && schema !== undefined ? { schema } : {}]),
  );
  return {
    operationId: operationId(method, path),
    tags: [tag],
    summary,
    ...(access !== "public" && { security: [{}, { key: [] }] }),
    parameters: [...parametersOf(route.params, "path"), ...parametersOf(route.query, "query"), ...uploadHeaders(body)],
    ...(body !== undefined && { requestBody: requestBody(body) }),
    responses: {
      [answers.status]: { description: answers.description, ...(types.length > 0 && { content }) },
      ...errorAnswers(route),
    },
  };
}

function errorAnswers({ access, body, errors }: Route): object {
  const codes = [
    ...COMMON_ERRORS,
    ...(access === "public" ? [] : KEY_ERRORS),
    ...(body === undefined ? [] : BODY_ERRORS),
    ...errors,
  ];
  const byStatus = Map.groupBy(new Set(codes), (code) => ERROR_TABLE[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      status,
      {
        description: ofStatus.map((code) => `\`${code}\``).join(", "),
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    ]),
  );
}

function requestBody(body: NonNullable<Route["body"]>): object {
  if (body === "octets") return { required: true, content: { "application/octet-stream": {} } };
  const schema = jsonSchema(body.schema, "input");
  return { required: true, content: { "application/json": { schema, example: body.example } } };
}

function parametersOf(schema: z.ZodType, place: "path" | "query"): object[] {
  const { properties = {}, required = [] } = jsonSchema(schema, "input") as {
    properties?: Record<string, { description?: string }>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    ...(description !== undefined && { description }),
    schema: rest,
  }));
}

function uploadHeaders(body: Route["body"]): object[] {
  if (body !== "octets") return [];
  return ["upload-offset", "upload-length"].map((name) => ({
    name,
    in: "header",
    required: true,
    schema: { type: "integer", minimum: 0 },
  }));
}

export function jsonSchema(schema: z.ZodType, io: "input" | "output"): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}

function operationId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return [method, ...words].join("_");
}
