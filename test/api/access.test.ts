import { once } from "node:events";
import { Agent, get as httpGet, type IncomingMessage } from "node:http";
import { createApiKey, SCOPES } from "../../src/api/keys/apiKey.ts";
import { allRoutes } from "../../src/api/routes/index.ts";
import { createHttpServer } from "../../src/api/server.ts";
import { manualClock } from "../../src/core/clock.ts";
import { createLogger } from "../../src/core/logger.ts";
import { jsonOf } from "./support/json.ts";
import { BLOCK } from "./support/sampleData.ts";
import { scriptedNode } from "./support/scriptedNode.ts";
import { withServer } from "./support/withServer.ts";

const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const all = createApiKey();
const KEYS = { apiKeys: [all.entry] };
const routes = allRoutes();
const addressOf = (path: string): string => path.replaceAll(/:\w+/g, BLOCK);

test("without a key every address but the public ones refuses, before it looks at anything else", () =>
  withServer(KEYS, async ({ get, node }) => {
    for (const { method, path, access } of routes) {
      const response = await get(addressOf(path), { method: method.toUpperCase() });
      if (access === "public") {
        expect([path, response.status]).toEqual([path, 200]);
      } else {
        expect([path, response.status, response.headers.get("www-authenticate")]).toEqual([path, 401, "Bearer"]);
        if (method !== "head") expect((await jsonOf(response)).error.code).toBe("invalid_api_key");
      }
    }
    expect(node.chat.asked).toEqual([]);
  }));

test("a refused request without a body does not cost its connection", () =>
  withServer(KEYS, async ({ url }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (const [path, status] of [
      ["/v1/models", 401],
      ["/chain/A/blocks", 401],
      ["/nowhere", 404],
      ["/live", 200],
    ] as const) {
      const request = httpGet(`${url}${path}`, { agent });
      const [response] = (await once(request, "response")) as [IncomingMessage];
      ports.add(response.socket.localPort);
      expect([path, response.statusCode, response.headers.connection]).toEqual([path, status, "keep-alive"]);
      await once(response.resume(), "end");
    }
    expect(ports.size).toBe(1);
    agent.destroy();
  }));

test("a key opens what its scopes say, for every address", () =>
  withServer(KEYS, async () => {
    for (const scope of SCOPES) {
      const key = createApiKey([scope]);
      await withServer({ apiKeys: [key.entry] }, async ({ get }) => {
        for (const { method, path, access } of routes) {
          const response = await get(addressOf(path), { method: method.toUpperCase(), headers: bearer(key.text) });
          const refused = response.status === 403;
          expect([scope, path, refused]).toEqual([
            scope,
            path,
            access !== "public" && access !== "read" && access !== scope,
          ]);
          if (refused && method !== "head") expect((await jsonOf(response)).error.code).toBe("insufficient_scope");
        }
      });
    }
  }));

test.each([
  ["another secret", `moe_${all.entry.id}_${"A".repeat(43)}`],
  ["an unknown id", `moe_0123456789abcdef_${all.text.slice(-43)}`],
  ["a prefix of the key", all.text.slice(0, -1)],
  ["more than the key", `${all.text}A`],
  ["something else", "sk-1234567890"],
  ["an inherited name", "moe___proto___x"],
])("%s is no key", (_name, text) =>
  withServer(KEYS, async ({ get }) => {
    expect((await get("/v1/models", { headers: bearer(text) })).status).toBe(401);
    expect((await get("/v1/models", { headers: bearer(all.text) })).status).toBe(200);
    expect((await get("/v1/models", { headers: { authorization: all.text } })).status).toBe(401);
    expect((await get(`/v1/models?api_key=${all.text}`)).status).toBe(401);
  }),
);

test("without keys any bearer text will do: clients insist on sending one", () =>
  withServer({}, async ({ get }) => {
    expect((await get("/v1/models", { headers: bearer("anything") })).status).toBe(200);
  }));

test("after 60 wrong keys in a minute an address waits, but not whoever has a key there; the next minute is new", () => {
  const clock = manualClock();
  return withServer({ ...KEYS, clock }, async ({ get }) => {
    const statuses: number[] = [];
    for (let i = 0; i < 70; i++) statuses.push((await get("/v1/models", { headers: bearer(`wrong${i}`) })).status);
    expect(statuses).toEqual([...Array(60).fill(401), ...Array(10).fill(429)]);
    expect((await get("/v1/models", { headers: bearer(all.text) })).status).toBe(200);
    clock.advance(120_000);
    expect((await get("/v1/models", { headers: bearer("wrong") })).status).toBe(401);
  });
});

test("other machines are not listened to without keys, unless that is asked for", async () => {
  const { log } = createLogger({ level: "silent" });
  const options = { services: scriptedNode(), port: 0, logger: log, host: "0.0.0.0" };
  await expect(createHttpServer(options)).rejects.toMatchObject({ code: "insecure_bind" });
  for (const more of [{ insecure: true }, KEYS]) {
    const server = await createHttpServer({ ...options, ...more });
    await server.close(0);
  }
});

test("an entry that is no hash of a secret is refused at the start", async () => {
  const { log } = createLogger({ level: "silent" });
  const apiKeys = [{ ...all.entry, sha256: "secret" }];
  await expect(createHttpServer({ services: scriptedNode(), port: 0, logger: log, apiKeys })).rejects.toMatchObject({
    code: "bad_api_key_entry",
  });
});
