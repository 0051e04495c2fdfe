import { jsonOf } from "./support/json.ts";
import { requestText, sendRaw } from "./support/raw.ts";
import { withServer } from "./support/withServer.ts";

const REBOUND = [
  "evil.example",
  "evil.example:8000",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "127.0.0.1.nip.io",
  "localhost@evil.example",
  "10.0.0.5",
  "[fe80::1]",
  "0.0.0.0",
  "",
  "a".repeat(300),
];

test("names that are not the node's are refused, on every kind of address", () =>
  withServer({ frontendFolder: import.meta.dirname }, async ({ port }) => {
    for (const host of REBOUND) {
      for (const path of ["/", "/health", "/v1/models", "/nothing"]) {
        const { status, body } = await sendRaw(port, requestText("GET", path, { Host: host }));
        expect([host, path, status, JSON.parse(body).error.code]).toEqual([host, path, 403, "host_not_allowed"]);
      }
    }
    for (const host of ["localhost", "LOCALHOST:1", "127.0.0.1", `127.0.0.1:${port}`, "[::1]:8000", "localhost."]) {
      expect((await sendRaw(port, requestText("GET", "/live", { Host: host }))).status).toBe(200);
    }
    const old = await sendRaw(port, "GET /live HTTP/1.0\r\n\r\n");
    expect([old.status, JSON.parse(old.body).error.message]).toEqual([
      403,
      "Host: expected a name of this node, got none; names are added with --http-allowed-hosts",
    ]);
  }));

test("names that the operator allows are the node's; off loopback so is any address", () =>
  withServer({ host: "0.0.0.0", insecure: true, allowedHosts: ["Node.Example"] }, async ({ port }) => {
    const statusOf = async (host: string): Promise<number> =>
      (await sendRaw(port, requestText("GET", "/live", { Host: host }))).status;
    expect(await Promise.all(["node.example:80", "192.168.1.7", "[fd00::1]:8000"].map(statusOf))).toEqual([
      200, 200, 200,
    ]);
    expect(await statusOf("other.example")).toBe(403);
  }));

const FOREIGN: readonly Record<string, string>[] = [
  { origin: "http://evil.example" },
  { origin: "null" },
  { origin: "http://localhost:1" },
  { origin: "file://" },
  { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
  { "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" },
  { "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" },
];

test("pages of other sites are refused whatever they ask, also with simple requests that need no preflight", () =>
  withServer({}, async ({ port, node }) => {
    for (const headers of FOREIGN) {
      for (const [method, path] of [
        ["GET", "/v1/models"],
        ["POST", "/chat"],
        ["OPTIONS", "/chat"],
      ] as const) {
        const all = { ...headers, "Content-Type": "text/plain" };
        const { status, head } = await sendRaw(
          port,
          requestText(method, path, all, method === "POST" ? '{"prompt":"x"}' : ""),
        );
        expect([headers, method, status]).toEqual([headers, method, 403]);
        expect(head.toLowerCase()).not.toContain("access-control-allow-origin");
      }
    }
    expect(node.chat.asked).toEqual([]);
  }));

test("the node's own page may ask, and a link from elsewhere may open it", () =>
  withServer({}, async ({ url, port, get }) => {
    expect((await get("/v1/models", { headers: { origin: url } })).status).toBe(200);
    const opened = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect((await sendRaw(port, requestText("GET", "/docs", opened))).status).toBe(200);
  }));

test("an allowed origin gets CORS headers for what the clients of OpenAI send; never a wildcard, never credentials", () =>
  withServer({ allowedOrigins: ["https://chat.example"] }, async ({ get, post }) => {
    const headers = {
      origin: "https://chat.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,x-stainless-lang",
    };
    const preflight = await get("/v1/chat/completions", { method: "OPTIONS", headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("https://chat.example");
    expect(preflight.headers.get("access-control-allow-headers")).toMatch(/authorization.*x-stainless-retry-count/);
    expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
    const answer = await post("/chat", { prompt: "hi" }, { headers: { origin: "https://chat.example" } });
    expect(answer.headers.get("access-control-expose-headers")).toContain("x-request-id");
    expect(answer.headers.get("vary")).toContain("Origin");
    const other = await get("/v1/models", { headers: { origin: "https://other.example" } });
    expect([other.status, (await jsonOf(other)).error.message]).toEqual([
      403,
      expect.stringContaining("--http-allowed-origins"),
    ]);
  }));

test("every answer carries the policy: nothing inline, nothing from elsewhere, no frames", () =>
  withServer({}, async ({ get }) => {
    for (const path of ["/live", "/nothing", "/docs"]) {
      const { headers } = await get(path);
      const policy = headers.get("content-security-policy")!;
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe|http|\*|upgrade/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-powered-by")).toBeNull();
      expect(headers.get("set-cookie")).toBeNull();
    }
  }));
