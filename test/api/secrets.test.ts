import { randomBytes } from "node:crypto";
import { createApiKey } from "../../src/api/keys/apiKey.ts";
import { requestText, sendRaw } from "./support/raw.ts";
import { withServer } from "./support/withServer.ts";

const secrets: string[] = [];

function secret(): string {
  const text = `s3cr3t${randomBytes(8).toString("hex")}`;
  secrets.push(text);
  return text;
}

test("50 secrets in headers, bodies, paths and queries are in no log line and no metric", async () => {
  const key = createApiKey();
  secrets.push(key.text, key.text.slice(-43));
  const headers = { authorization: `Bearer ${key.text}` };
  await withServer({ apiKeys: [key.entry] }, async ({ get, post, port, node, logged }) => {
    for (let i = 0; i < 5; i++) {
      await get(`/${secret()}/${secret()}?key=${secret()}`);
      await get("/v1/models", {
        headers: { authorization: `Bearer ${secret()}`, cookie: secret(), "x-api-key": secret() },
      });
      await post("/chat", { prompt: secret(), session: secret(), stop: [secret()] }, { headers });
      await post("/chat", { prompt: secret(), [secret()]: 1 }, { headers });
      await post(
        "/v1/chat/completions",
        { model: secret(), user: secret(), messages: [{ role: "user", content: secret() }] },
        { headers },
      );
      await post("/chat", `{"prompt":"${secret()}`, { headers });
      await sendRaw(port, requestText("GET", "/live", { Host: secret(), Origin: secret() }));
      node.chat.script = { pieces: [secret()], breakWith: new TypeError("a bug") };
      const { authorization } = headers;
      await (await post("/chat", { prompt: secret(), stream: true }, { headers: { authorization } })).text();
      node.chat.script = { pieces: ["a"] };
    }
    expect(secrets.length).toBeGreaterThanOrEqual(50);
    const log = logged();
    const metrics = await (await get("/metrics", { headers })).text();
    expect(log.split("\n").length).toBeGreaterThan(40);
    expect(log).toContain("a bug");
    expect(secrets.filter((text) => log.includes(text) || metrics.includes(text))).toEqual([]);
  });
});

test("what clients make up does not become series: models, users, paths, methods, sessions", () =>
  withServer({}, async ({ get, post }) => {
    const series = async (): Promise<number> =>
      (await (await get("/metrics")).text()).split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
    const ask = async (i: number): Promise<void> => {
      await post("/v1/chat/completions", { model: `m${i}`, user: `u${i}`, messages: [{ role: "user", content: "x" }] });
      await get(`/nothing/${i}`);
      await get(`/chain/blocks/${i.toString(16).padStart(64, "0")}`);
      await get(`/experts/stats/layer${i}.expert${i}`);
      await get("/live", { method: `X${i}` }).catch(() => undefined);
    };
    for (let i = 0; i < 20; i++) await ask(i);
    const before = await series();
    for (let i = 20; i < 200; i++) await ask(i);
    // A status that came up late adds one histogram; 180 made-up names would add thousands of lines.
    expect(await series()).toBeLessThan(before + 100);
    expect(before).toBeLessThan(5000);
  }));
