/** 50 planted secrets in neither log nor metrics; 100,000 made-up users and models make no new series. */
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApiKey } from "../../../src/api/keys/apiKey.ts";
import { atMost, type Finding, noted, type Part } from "./part.ts";
import { type RemoteServer, withRemoteServer } from "./server/remote.ts";

const NAMES = 100_000;
const TOGETHER = 50;
const JSON_TYPE = { "content-type": "application/json" };

async function run(): Promise<Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), "ai-block-secrets-"));
  const logFile = join(folder, "log");
  const key = createApiKey();
  const secrets = [key.text, key.text.slice(-43)];
  try {
    const metrics = await withRemoteServer({ http: { apiKeys: [key.entry] }, logFile }, async (server) => {
      await plant(server, key.text, secrets);
      const text = await metricsOf(server, key.text);
      await server.end();
      return text;
    });
    const log = await readFile(logFile, "utf8");
    const shown = secrets.filter((secret) => log.includes(secret) || metrics.includes(secret));
    return [
      atMost("secrets planted and then found", shown.length, 0, `of ${secrets.length}`),
      noted("lines of log that were searched", log.split("\n").length, ""),
      ...(await withRemoteServer({}, labels)),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function plant({ url }: RemoteServer, key: string, secrets: string[]): Promise<void> {
  const secret = (): string => {
    const text = `s3cr3t${randomBytes(8).toString("hex")}`;
    secrets.push(text);
    return text;
  };
  const own = { ...JSON_TYPE, authorization: `Bearer ${key}` };
  const post = async (path: string, body: unknown): Promise<void> => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    await (await fetch(url + path, { method: "POST", headers: own, body: text })).arrayBuffer();
  };
  for (let i = 0; i < 5; i++) {
    await fetch(`${url}/${secret()}/${secret()}?key=${secret()}`);
    await fetch(`${url}/v1/models`, {
      headers: { authorization: `Bearer ${secret()}`, cookie: secret(), "x-api-key": secret() },
    });
    await post("/chat", { prompt: secret(), session: secret(), stop: [secret()] });
    await post("/chat", { prompt: secret(), [secret()]: 1 });
    const messages = [{ role: "user", content: secret() }];
    await post("/v1/chat/completions", { model: secret(), user: secret(), messages });
    await post("/chat", `{"prompt":"${secret()}`);
    await post(`/experts/reward/${secret()}`, {});
    await post("/p2p/register", { node_id: secret(), host: secret(), port: 1 });
  }
}

async function labels(server: RemoteServer): Promise<Finding[]> {
  const ask = async (i: number): Promise<void> => {
    const messages = [{ role: "user", content: "x" }];
    const body = JSON.stringify({ model: `m${i}`, user: `u${i}`, messages });
    const asks: Promise<Response>[] = [
      fetch(`${server.url}/v1/chat/completions`, { method: "POST", headers: JSON_TYPE, body }),
    ];
    if (i % 10 === 0) {
      asks.push(
        fetch(`${server.url}/nothing/${i}`),
        fetch(`${server.url}/chain/blocks/${i.toString(16).padStart(64, "0")}`),
        fetch(`${server.url}/experts/stats/layer${i}.expert${i}`),
        fetch(`${server.url}/live`, { method: `X${i}` }),
      );
    }
    for (const response of await Promise.all(asks)) await response.arrayBuffer();
  };
  for (let i = 0; i < NAMES; i += TOGETHER) await Promise.all(Array.from({ length: TOGETHER }, (_, j) => ask(i + j)));
  const text = await metricsOf(server, "");
  const series = text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
  return [atMost(`series after ${NAMES.toLocaleString("en-US")} users and models`, series, 5000, "")];
}

async function metricsOf({ url }: RemoteServer, key: string): Promise<string> {
  return (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } })).text();
}

export const secrets: Part = { name: "secrets", attack: "50 planted secrets; 100,000 users and models", run };
