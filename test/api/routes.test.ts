import * as z from "zod";
import { allRoutes } from "../../src/api/routes/index.ts";
import { jsonOf } from "./support/json.ts";
import { requestText, sendRaw } from "./support/raw.ts";
import { AUTHOR, BLOCK, MODEL } from "./support/sampleData.ts";
import { withServer } from "./support/withServer.ts";

const VALUES: Readonly<Record<string, string>> = {
  ":id": BLOCK,
  ":account": AUTHOR,
  ":root": "f".repeat(64),
  ":model": MODEL,
  ":slot": "layer0.expert1",
  ":name": "layer0.expert1",
};

/** An address that exists. */
function addressOf(path: string): string {
  if (path === "/v1/models/:id") return "/v1/models/tiny";
  if (path === "/p2p/nodes/:id") return "/p2p/nodes/self-node";
  const address = path.replaceAll(/:\w+/g, (name) => VALUES[name]!);
  return path === "/chain/search" ? `${address}?q=bbbb` : address;
}

const gets = allRoutes().filter(({ method }) => method === "get");

test.each(gets.map((route) => [route.path, route] as const))("GET %s answers what its schema says", (path, route) =>
  withServer({}, async ({ get }) => {
    const response = await get(addressOf(path));
    expect(response.status).toBe(route.answers.status);
    if (route.answers.schema === undefined) {
      expect(route.answers.types).toContain(response.headers.get("content-type")!.split(";")[0]);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
    } else {
      expect(() => route.answers.schema!.parse(undefined)).toThrow(z.ZodError);
      route.answers.schema.parse(await response.json());
    }
  }),
);

test("every address refuses the methods that it does not know with 405 and Allow, and tells them on OPTIONS", () =>
  withServer({}, async ({ get }) => {
    const paths = new Set(allRoutes().map(({ path }) => path));
    expect(paths.size).toBeGreaterThan(25);
    for (const path of paths) {
      const known = allRoutes().filter((route) => route.path === path);
      const response = await get(addressOf(path), { method: "PUT" });
      expect([path, response.status, (await jsonOf(response)).error.code]).toEqual([path, 405, "method_not_allowed"]);
      for (const { method } of known) expect(response.headers.get("allow")).toContain(method.toUpperCase());
      expect((await get(addressOf(path), { method: "OPTIONS" })).status).toBe(204);
    }
  }));

test("pages of a list, followed by their cursors, give every block once, in both orders", () =>
  withServer({}, async ({ get }) => {
    const read = async (query: string) => {
      const ids: unknown[] = [];
      let cursor: unknown = "";
      while (cursor !== null) {
        const address: string = `/chain/B/blocks?limit=7${query}${cursor === "" ? "" : `&cursor=${cursor}`}`;
        const page = await jsonOf(await get(address));
        ids.push(...(page.items as unknown as { id: string }[]).map(({ id }) => id));
        cursor = page.next_cursor;
      }
      return ids;
    };
    const forward = await read("");
    expect(forward).toHaveLength(31);
    expect(new Set(forward).size).toBe(31);
    expect(await read("&order=newest")).toEqual(forward.toReversed());
    expect(await read("&type=router")).toHaveLength(10);
    expect(await read(`&slot=layer0.expert2&author=${AUTHOR}`)).toHaveLength(1);
  }));

test.each([
  ["/chain/B/blocks?limit=0", "limit"],
  ["/chain/B/blocks?limit=1001", "limit"],
  ["/chain/B/blocks?limit=1e3", "limit"],
  ["/chain/B/blocks?limit=1&limit=2", "limit"],
  ["/chain/B/blocks?type=coin", "type"],
  ["/chain/B/blocks?slot=layer01.expert1", "slot"],
  ["/chain/B/blocks?colour=red", "colour"],
  [`/chain/blocks/${BLOCK.toUpperCase()}`, "id"],
  [`/chain/blocks/${BLOCK}0`, "id"],
  ["/chain/search?q=abc", "q"],
  ["/chain/search", "q"],
  ["/experts/stats/layer0.expert99999", "name"],
  ["/experts/top?limit=-1", "limit"],
])("GET %s is a 400 that names %s", (path, param) =>
  withServer({}, async ({ get }) => {
    const response = await get(path);
    expect([response.status, (await jsonOf(response)).error.param]).toEqual([400, param]);
  }),
);

test.each([
  [`/chain/blocks/${"0".repeat(64)}`, "block_not_found"],
  [`/chain/blocks/${"0".repeat(64)}/header`, "block_not_found"],
  [`/chain/heads/${"0".repeat(64)}`, "unknown_model"],
  [`/chain/slots/${MODEL}/head`, "slot_not_found"],
  ["/experts/stats/layer7.expert7", "expert_not_found"],
  ["/p2p/nodes/nobody", "node_not_found"],
  ["/vendor/../package.json", "not_found"],
  ["/vendor/marked/package.json", "not_found"],
  ["/nothing", "not_found"],
])("GET %s is a 404 with the code %s", (path, code) =>
  withServer({}, async ({ get }) => {
    const response = await get(path);
    expect([response.status, (await jsonOf(response)).error.code]).toEqual([404, code]);
  }),
);

test("who has the current version gets 304 and no body; header bytes are kept for good", () =>
  withServer({}, async ({ get }) => {
    for (const path of [
      `/chain/blocks/${BLOCK}`,
      "/chain/A/blocks",
      `/chain/blocks/${BLOCK}/header`,
      "/openapi.json",
    ]) {
      const first = await get(path);
      const etag = first.headers.get("etag")!;
      expect(etag).toMatch(/^"[\w-]{22}"$/);
      const again = await get(path, { headers: { "if-none-match": `"x", W/${etag}` } });
      expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", etag]);
    }
    const header = await get(`/chain/blocks/${BLOCK}/header`);
    expect(header.headers.get("cache-control")).toBe("private, max-age=31536000, immutable");
    expect(await header.text()).toBe(`header of ${BLOCK}`);
    expect((await get("/health")).headers.get("cache-control")).toBe("no-store");
  }));

test("a bad percent code is a 400, and so is what is no HTTP", () =>
  withServer({}, async ({ port }) => {
    const bad = await sendRaw(port, requestText("GET", "/chain/blocks/%zz"));
    expect([bad.status, JSON.parse(bad.body).error.code]).toEqual([400, "bad_path"]);
    const noise = await sendRaw(port, "\u0001\u0002 not http\r\n\r\n");
    expect([noise.status, JSON.parse(noise.body).error.code]).toEqual([400, "bad_request"]);
    const long = await sendRaw(port, requestText("GET", "/live", { "x-long": "x".repeat(40_000) }));
    expect([long.status, JSON.parse(long.body).error.code]).toEqual([431, "bad_request"]);
  }));

test("a reward is paid by POST only; looking at rewards pays nothing", () =>
  withServer({}, async ({ get, node }) => {
    const { items } = await jsonOf(await get("/experts/rewards"));
    expect([items[0]!.entry, node.rewardsPaid]).toEqual([null, 0]);
    const paid = await get("/experts/reward/layer0.expert1", { method: "POST" });
    expect([paid.status, (await jsonOf(paid)).amount, node.rewardsPaid]).toEqual([200, 1_000_000, 1]);
    expect((await get("/experts/reward/layer0.expert2", { method: "POST" })).status).toBe(404);
  }));

test("nodes are registered, shown and removed, but not the node itself", () =>
  withServer({}, async ({ get, post }) => {
    const node = { node_id: "node1", host: "localhost", port: 8001, available_experts: ["layer0.expert0"] };
    const added = await post("/p2p/register", node);
    expect([added.status, (await jsonOf(added)).node_id]).toEqual([201, "node1"]);
    expect((await jsonOf(await get("/p2p/nodes"))).items).toHaveLength(2);
    expect((await get("/p2p/nodes/node1", { method: "DELETE" })).status).toBe(200);
    expect((await get("/p2p/nodes/node1", { method: "DELETE" })).status).toBe(404);
    expect((await get("/p2p/nodes/self-node", { method: "DELETE" })).status).toBe(409);
  }));

test.each([
  ["/chain/C/blocks", '"C"'],
  ["/chain/a/blocks/", '"a"'],
  ["/chain/%3Cb%3E/blocks", '"%3Cb%3E"'],
])("%s is a chain that there is not: the message names the argument, what it may be, and what came", (path, got) =>
  withServer({}, async ({ get }) => {
    const response = await get(path);
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { error: { code: "not_found", param: "chain", message: `chain: expected A or B, got ${got}` } },
    ]);
  }),
);
