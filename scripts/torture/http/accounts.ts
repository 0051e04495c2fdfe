/**
 * Other people's things: every route of the table with every kind of id by every kind of caller; fields that nobody
 * declared on every route that writes; names of conversations that could meet.
 */
import { createApiKey, SCOPES } from "../../../src/api/keys/apiKey.ts";
import { allRoutes } from "../../../src/api/routes/index.ts";
import type { Route } from "../../../src/api/routes/route.ts";
import { sessionKeyOf } from "../../../src/api/schemas/chat.ts";
import { BLOCK, MODEL, USAGE } from "../../../test/api/support/sampleData.ts";
import { exactly, type Finding, type Part } from "./part.ts";
import { type RemoteServer, withRemoteServer } from "./server/remote.ts";

const IDS = [
  MODEL,
  BLOCK,
  USAGE.slot,
  "head",
  "self-node",
  "tiny",
  "f".repeat(64),
  "0".repeat(64),
  "account:alice",
  "__proto__",
  "constructor",
  "..%2f..",
];
const FIELDS = [
  ...["isAdmin", "admin", "role", "balance", "amount", "scopes", "account", "caller", "__proto__", "constructor"],
  ...["prototype", "toString", "valueOf", "hasOwnProperty", "then", "requestId", "model_id", "free", "key", "id"],
];

async function run(): Promise<Finding[]> {
  return [...(await everyRoute()), ...(await everyField()), conversations()];
}

function everyRoute(): Promise<Finding[]> {
  const keys = [...SCOPES.map((scope) => createApiKey([scope])), createApiKey([...SCOPES]), createApiKey([])];
  const options = { http: { apiKeys: keys.map(({ entry }) => entry) } };
  return withRemoteServer(options, async (server) => {
    const routes = allRoutes();
    const covered = new Set<Route>();
    let asked = 0;
    let leaks = 0;
    const check = async (
      route: Route,
      id: string,
      headers: Record<string, string>,
      allowed: boolean,
    ): Promise<void> => {
      const status = await ask(server, route, id, headers);
      const refused = status === 401 || status === 403 || status === 429;
      covered.add(route);
      asked++;
      if (refused !== allowed) return;
      leaks++;
      console.log(`${route.method} ${route.path} of ${id}: ${status}, expected ${allowed ? "an answer" : "a refusal"}`);
    };
    for (const route of routes) {
      for (const id of idsOf(route)) {
        for (const { text, entry } of keys) {
          const { access } = route;
          const allowed = access === "public" || access === "read" || entry.scopes.includes(access);
          await check(route, id, { authorization: `Bearer ${text}` }, allowed);
        }
      }
    }
    // Last: after so many wrong keys this address has to wait.
    for (const route of routes) {
      for (const id of idsOf(route)) {
        await check(route, id, {}, route.access === "public");
        await check(route, id, { authorization: `Bearer ${createApiKey().text}` }, route.access === "public");
      }
    }
    return [
      exactly("routes covered", covered.size, routes.length),
      exactly(`wrongly answered, of ${asked} requests`, leaks, 0),
    ];
  });
}

function idsOf({ path }: Route): readonly string[] {
  return path.includes(":") ? IDS : [""];
}

async function ask({ url }: RemoteServer, route: Route, id: string, headers: Record<string, string>): Promise<number> {
  const response = await fetch(url + route.path.replaceAll(/:\w+/g, id), {
    method: route.method.toUpperCase(),
    headers,
  });
  await response.arrayBuffer();
  return response.status;
}

function everyField(): Promise<Finding[]> {
  return withRemoteServer({}, async ({ url, ask: statsOf }) => {
    const routes = allRoutes().filter(({ method }) => method !== "get" && method !== "head");
    let wrong = 0;
    for (const { method, path, body } of routes) {
      const address = url + path.replaceAll(/:\w+/g, path.includes("experts") ? USAGE.slot : BLOCK);
      const example = typeof body === "object" ? JSON.stringify(body.example) : "{}";
      for (const field of FIELDS) {
        const comma = example === "{}" ? "" : ",";
        const text = `${example.slice(0, -1)}${comma}"${field}":{"isAdmin":true,"polluted":1}}`;
        const headers = { "content-type": "application/json" };
        const response = await fetch(address, { method: method.toUpperCase(), headers, body: text });
        const answer = await response.text();
        // Closed bodies refuse the field; /v1 and routes without a body do not look at it.
        const ignores = path.startsWith("/v1") || typeof body !== "object";
        const expected = ignores ? response.status !== 500 && !answer.includes("isAdmin") : response.status === 400;
        if (expected) continue;
        wrong++;
        console.log(`${method} ${path} with ${field}: ${response.status} ${answer.slice(0, 200)}`);
      }
    }
    const { prototypeIsClean } = await statsOf("stats");
    return [
      exactly(`effects, of ${routes.length} routes × ${FIELDS.length} fields`, wrong, 0),
      exactly("prototypes changed", prototypeIsClean ? 0 : 1, 0),
    ];
  });
}

/** Callers and names chosen to meet at the border between them. */
function conversations(): Finding {
  const parts = ["a", "a:b", "b", "b:c", ":", '"', '","', "a,b", "]", "\\", ""];
  const keys = parts.flatMap((caller) => parts.map((session) => sessionKeyOf(caller, session)));
  return exactly(`shared conversations, of ${keys.length} callers and names`, keys.length - new Set(keys).size, 0);
}

export const accounts: Part = { name: "accounts", attack: "every route, id and caller; undeclared fields", run };
