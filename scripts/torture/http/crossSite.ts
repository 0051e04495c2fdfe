/** Pages of other sites, and names that were pointed to this machine: refused on every route, whatever they ask. */
import { allRoutes } from "../../../src/api/routes/index.ts";
import { requestText, sendRaw } from "../../../test/api/support/raw.ts";
import { BLOCK } from "../../../test/api/support/sampleData.ts";
import { exactly, type Finding, type Part } from "./part.ts";
import { withRemoteServer } from "./server/remote.ts";

const HOSTS = [
  ...["evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1.nip.io"],
  ...["localhost@evil.example", "10.0.0.5", "[fe80::1]", "0.0.0.0", "", "a".repeat(300), "localhost:8000:1", "127.1"],
];
const ORIGINS: readonly Readonly<Record<string, string>>[] = [
  ...["http://evil.example", "null", "http://localhost:1", "file://", "https://127.0.0.1.evil.example", "http://"].map(
    (origin) => ({ origin }),
  ),
  { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
  { "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" },
  { "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" },
];

async function run(): Promise<Finding[]> {
  return withRemoteServer({ http: { frontendFolder: import.meta.dirname } }, async ({ port, ask }) => {
    const routes = [...allRoutes(), { method: "get", path: "/" }, { method: "get", path: "/nothing" }];
    let asked = 0;
    let answered = 0;
    const check = async (method: string, path: string, headers: Record<string, string>): Promise<void> => {
      const body = method === "POST" ? '{"prompt":"x"}' : "";
      const all = { "Content-Type": "text/plain", ...headers };
      const { status, head } = await sendRaw(port, requestText(method, path, all, body));
      asked++;
      if (status === 403 && !/access-control-allow/i.test(head)) return;
      answered++;
      console.log(`${method} ${path} with ${JSON.stringify(headers)}: ${status}`);
    };
    for (const { method, path } of routes) {
      const address = path.replaceAll(/:\w+/g, BLOCK);
      await Promise.all([
        ...HOSTS.map((host) => check(method.toUpperCase(), address, { Host: host })),
        ...ORIGINS.map((headers) => check(method.toUpperCase(), address, { ...headers })),
        ...ORIGINS.slice(0, 6).map((headers) => check("OPTIONS", address, { ...headers })),
      ]);
    }
    const { begun } = await ask("stats");
    return [
      exactly(`not refused, of ${asked} requests to ${routes.length} routes`, answered, 0),
      exactly("generations begun", begun, 0),
    ];
  });
}

export const crossSite: Part = { name: "cross-site", attack: "other origins and rebound names on every route", run };
