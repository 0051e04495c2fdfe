import { FIELD_LIMITS } from "../../src/api/limits.ts";
import { apiDocument } from "../../src/api/openapi/document.ts";
import { allRoutes } from "../../src/api/routes/index.ts";
import { jsonOf } from "./support/json.ts";
import { withServer } from "./support/withServer.ts";

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { content: Record<string, { schema: { properties: Record<string, object> } }> };
  readonly responses: Record<string, { description: string }>;
}

/** Everything but what describes it. */
const described = allRoutes().filter(({ path }) => !path.startsWith("/docs") && path !== "/openapi.json");
const document = apiDocument(described) as {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
};
const operations = Object.entries(document.paths).flatMap(([path, ofPath]) =>
  Object.entries(ofPath).map(([method, operation]) => ({ path, method, operation })),
);

test("the document has every address with its methods, and ids that are unique", () => {
  expect(document.openapi).toBe("3.1.0");
  const all = described;
  expect(operations).toHaveLength(all.length);
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(all.length);
});

test("every part of a path that is a parameter is one, and is required", () => {
  for (const { path, operation } of operations) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = operation.parameters.filter((parameter) => parameter.in === "path");
    expect(declared.map(({ name }) => name)).toEqual(names);
    expect(declared.every(({ required }) => required)).toBe(true);
  }
});

test("the fields of a body are those that are checked, with their limits", () => {
  const chat = document.paths["/chat"]!.post!.requestBody!.content["application/json"]!.schema.properties;
  expect(chat.temperature).toMatchObject({ type: "number", minimum: 0, maximum: 2 });
  expect(chat.max_tokens).toMatchObject({ type: "integer", minimum: 1, maximum: FIELD_LIMITS.maxTokens });
  expect(Object.keys(chat)).toEqual(
    expect.arrayContaining(["prompt", "messages", "use_moe", "top_k_experts", "stream"]),
  );
});

test("schemas refer only to what is in the document", () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target);
  expect(new Set(references)).toEqual(new Set(["#/components/schemas/Error"]));
});

test("the served document is this one, and the page for people names every address without a script", () =>
  withServer({}, async ({ get }) => {
    expect(Object.keys((await jsonOf(await get("/openapi.json"))).paths!)).toEqual(
      expect.arrayContaining(Object.keys(document.paths)),
    );
    const page = await (await get("/docs")).text();
    for (const { path } of described) expect(page).toContain(path);
    expect(page).not.toMatch(/<script|style=|javascript:|\son\w+=/i);
  }));
