import { EXAMPLE_MODEL, fillExamples } from "../../src/api/openapi/examples.ts";
import { fieldTable, kindOf } from "../../src/api/openapi/fieldTable.ts";
import { sentenceHtml } from "../../src/api/openapi/html.ts";
import { allRoutes } from "../../src/api/routes/index.ts";
import { withServer } from "./support/withServer.ts";

test.each([
  ["integer, 1 to 4,096", { type: "integer", minimum: 1, maximum: 4096 }],
  ["integer, at least 0", { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER }],
  ["integer", { type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }],
  ["number, -2 to 2", { type: "number", minimum: -2, maximum: 2 }],
  ["stop or length", { type: "string", enum: ["stop", "length"] }],
  ["text or null", { anyOf: [{ type: "string" }, { type: "null" }] }],
  ["text", { anyOf: [{ type: "string" }, { type: "string" }] }],
  ["integer, at least 0 or null", { type: ["integer", "null"], minimum: 0 }],
  ["list: object", { type: "array", items: { type: "object" } }],
  ["false", { type: "boolean", const: false }],
  ["true or false", { type: "boolean" }],
  ["anything", {}],
])("a value is told as: %s", (words, schema) => {
  expect(kindOf(schema)).toBe(words);
});

test("what comes from a schema is text, never HTML; words between backticks are code", () => {
  const evil = "<img src=x onerror=alert(1)>";
  const table = fieldTable({ properties: { [evil]: { enum: [evil], description: `${evil} \`${evil}\`` } } }, "input");
  expect(table).not.toContain("<img");
  expect(table.match(/&lt;img/g)).toHaveLength(4);
  expect(sentenceHtml("Newest first with `order=newest`.")).toBe("Newest first with <code>order=newest</code>.");
  expect(fieldTable({ type: "object" }, "input")).toBe("");
});

test("the page has every field of every body and answer, and goes without any of the pages' files", () =>
  withServer({}, async ({ get }) => {
    const page = await (await get("/docs")).text();
    for (const { path, method } of allRoutes()) {
      expect([path, page.includes(`<span class="method ${method}">`)]).toEqual([path, true]);
    }
    for (const field of ["max_output_tokens", "top_k_experts", "upload-offset", "next_cursor", "gate_mass"]) {
      expect(page).toContain(field);
    }
    const words = page.replaceAll(/<pre>[^<]*<\/pre>/g, "");
    expect(words).not.toMatch(/`|<script| style=|undefined|\[object/);
    // The bar leads to pages that are not there.
    expect(page).not.toMatch(/href="\/(?!docs\/style.css|openapi.json)|\/vendor\//);
    const style = await get("/docs/style.css");
    expect(style.headers.get("content-type")).toBe("text/css; charset=utf-8");
    // Colours come from the pages, with something of the browser's own behind each.
    expect((await style.text()).match(/var\(--[a-z0-9-]+\)/)).toBeNull();
  }));

test("its curl lines name the address by which the node was asked, the model that it serves, and every field they need", () =>
  withServer({}, async ({ get, post, port }) => {
    const page = await (await get("/docs")).text();
    const lines = [...page.matchAll(/<pre>(curl[^<]*)<\/pre>/g)].map(([, line]) => line!);
    expect(lines).toHaveLength(allRoutes().filter(({ path }) => !/^\/(?:docs|openapi)/.test(path)).length);
    for (const line of lines) expect(line).toContain(`'http://127.0.0.1:${port}/`);
    expect(page).toContain(`/chain/search?q=&lt;q&gt;'`);
    const asked = lines.filter((line) => line.includes("&quot;model&quot;"));
    expect(asked).toHaveLength(3);
    for (const line of asked) {
      const [, path, body] = /:\d+(\S+)' .*-d '(.*)'/s.exec(line)!;
      expect([path, (await post(path!, JSON.parse(body!.replaceAll("&quot;", '"')))).status]).toEqual([path, 200]);
    }
  }));

test("a model's name stays inside the quotes of the shell and is never HTML; without a model its place is named", () => {
  const page = "<pre>-d '{&quot;model&quot;:&quot;MODEL&quot;}'</pre>";
  expect(fillExamples(page, "h", "it's <b>$&")).toBe(
    "<pre>-d '{&quot;model&quot;:&quot;it'\\''s &lt;b&gt;$&amp;&quot;}'</pre>",
  );
  expect(fillExamples(page, "h", undefined)).toContain(EXAMPLE_MODEL);
});

test("requests mark what they need, answers what they may lack", () => {
  const schema = { properties: { a: { type: "string" }, b: { type: "string" } }, required: ["a"] };
  expect(fieldTable(schema, "input")).toMatch(/<code>a<\/code> <span class="needed">required.*<code>b<\/code><\/td>/);
  expect(fieldTable(schema, "output")).toMatch(
    /<code>a<\/code><\/td>.*<code>b<\/code> <span class="needed">not always/,
  );
});
