import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { browserTest, TestBrowser } from "./support/browser.ts";
import { type PageServer, startPageServer } from "./support/pageServer.ts";

const browser = new TestBrowser();
let node: PageServer;
let stranger: Server;

beforeAll(async () => {
  node = await startPageServer();
  // Another site on this machine: the same address, another port, so another origin.
  stranger = createServer((_req, res) => res.setHeader("content-type", "text/html").end("<title>stranger</title>"));
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  await browser.open("--host-resolver-rules=MAP rebound.example 127.0.0.1");
});
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await new Promise((resolve) => stranger.close(resolve));
  await node.server.close(0);
});

browserTest(
  "a page of another origin gets nothing from the node: no answer, no frame, no script, no work",
  async () => {
    const { port } = stranger.address() as AddressInfo;
    const page = await browser.page(`http://127.0.0.1:${port}/`);
    const asked = node.chat.requests.length;
    const outcomes = await page.evaluate(`(async (node) => {
    const body = JSON.stringify({ prompt: "hello" });
    const tries = {
      read: () => fetch(node + "/health"),
      blocks: () => fetch(node + "/chain/B/blocks"),
      json: () => fetch(node + "/chat", { method: "POST", headers: { "content-type": "application/json" }, body }),
      simple: () => fetch(node + "/chat", { method: "POST", mode: "no-cors", headers: { "content-type": "text/plain" }, body }),
      blind: () => fetch(node + "/chat", { method: "POST", mode: "no-cors", body: new URLSearchParams({ prompt: "hello" }) }),
      script: () => new Promise((resolve, reject) => { const s = document.createElement("script"); s.type = "module"; s.src = node + "/lib/api.js"; s.onload = resolve; s.onerror = () => reject(); document.head.append(s); }),
      form: () => new Promise((resolve) => { const f = document.createElement("form"); f.method = "post"; f.action = node + "/experts/reward/layer0.expert0"; f.target = "sink"; document.body.append(f); f.submit(); setTimeout(() => resolve({ type: "opaque" }), 300); }),
    };
    const outcomes = {};
    for (const [name, run] of Object.entries(tries)) outcomes[name] = await run().then((answer) => (answer?.type === "opaque" ? "unreadable" : "read"), () => "refused");
    return outcomes;
  })("${node.server.url}")`);
    expect(Object.values(outcomes as Record<string, string>)).not.toContain("read");
    expect(node.chat.requests).toHaveLength(asked);
    await page.evaluate(
      `const frame = document.createElement("iframe"); frame.src = "${node.server.url}/"; document.body.append(frame); true`,
    );
    await page.waitForFunction("frames.length === 1");
    const [, frame] = page.frames();
    expect(await frame!.evaluate("document.querySelectorAll('#input').length").catch(() => 0)).toBe(0);
  },
);

browserTest(
  "a name of a stranger that points at this machine (DNS rebinding) is refused on every address",
  async () => {
    const url = `http://rebound.example:${node.server.port}`;
    const page = await browser.page(`${url}/`);
    expect(await page.locator("#input").count()).toBe(0);
    expect(await page.locator("body").textContent()).toContain("host_not_allowed");
    const statuses = await page.evaluate(
      `Promise.all(["/", "/health", "/chain/models", "/chain/B/blocks", "/vendor/marked.js", "/lib/api.js", "/experts"].map((path) => fetch(path).then(({ status }) => status)))`,
    );
    expect(new Set(statuses as number[])).toEqual(new Set([403]));
    const posted = await page.evaluate(
      `fetch("/chat", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ prompt: "hello" }) }).then(({ status }) => status)`,
    );
    expect(posted).toBe(403);
  },
);

browserTest("the pages come with a policy that allows no inline script or style and no other site", async () => {
  for (const path of ["/", "/dashboard", "/explorer"]) {
    const answer = await fetch(node.server.url + path);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    const html = await answer.text();
    expect(html).not.toMatch(/\son\w+=|\sstyle=|<style|javascript:/i);
    expect(html.match(/<script(?![^>]*\ssrc="\/)/g)).toBeNull();
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  }
});
