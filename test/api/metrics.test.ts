import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Registry } from "prom-client";
import { ExpertTokens } from "../../src/api/metrics/expertTokens.ts";
import { withServer } from "./support/withServer.ts";

async function read(get: (path: string) => Promise<Response>): Promise<string> {
  return (await get("/metrics")).text();
}

test("answers are counted: duration, first token, tokens, experts, by operation and model", () =>
  withServer({}, async ({ get, post, node }) => {
    await post("/chat", { prompt: "hi" });
    await post("/v1/completions", { model: "tiny", prompt: "hi" });
    await post("/v1/chat/completions", { model: "made up", messages: [{ role: "user", content: "x" }] });
    node.chat.script = { pieces: ["a"], breakWith: new Error("a bug") };
    await post("/chat", { prompt: "hi" });
    const text = await read(get);
    const labels = 'gen_ai_operation_name="chat",gen_ai_request_model="tiny"';
    const lines = [
      `gen_ai_server_request_duration_seconds_count{${labels},error_type=""} 1`,
      `gen_ai_server_request_duration_seconds_count{${labels},error_type="internal"} 1`,
      'gen_ai_server_request_duration_seconds_count{gen_ai_operation_name="chat",gen_ai_request_model="",error_type="model_not_found"} 1',
      `gen_ai_server_time_to_first_token_seconds_count{${labels}} 2`,
      'gen_ai_server_time_per_output_token_seconds_count{gen_ai_operation_name="text_completion",gen_ai_request_model="tiny"} 1',
      'moe_tokens_total{type="input"} 21',
      'moe_tokens_total{type="output"} 7',
      'moe_expert_tokens_total{layer="0",expert="1"} 6',
      'http_server_request_duration_seconds_count{http_request_method="POST",http_route="/chat",http_response_status_code="500"} 1',
      "moe_requests_running 0",
      "moe_requests_waiting 0",
      'moe_dag_blocks_total{type="expert"} 21',
      "moe_dag_tips 31",
      'moe_peers{state="online"} 1',
      'moe_expert_replicas{layer="2"} 1',
      "moe_layers_uncovered 0",
      `moe_build_info{version="0.1.0",node="${process.version}"} 1`,
    ];
    for (const line of lines) expect(text).toContain(line);
  }));

test("on a port of its own they are on that port only", () =>
  withServer({ metricsPort: 0 }, async ({ get, metricsPort }) => {
    expect((await get("/metrics")).status).toBe(404);
    const own = `http://127.0.0.1:${metricsPort}`;
    const response = await fetch(`${own}/metrics`);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).toContain("moe_build_info");
    expect((await fetch(`${own}/chat`)).status).toBe(404);
  }));

test("what ends in _total is a counter, and nothing else is, as Prometheus has it", () =>
  withServer({}, async ({ get }) => {
    const kinds = [...(await read(get)).matchAll(/^# TYPE ((?:moe|gen_ai|http)_\S+) (\S+)/gm)];
    const counters = kinds.filter(([, , kind]) => kind === "counter").map(([, name]) => name);
    expect(counters).toEqual(kinds.map(([, name]) => name!).filter((name) => name.endsWith("_total")));
    expect(counters).toContain("moe_dag_blocks_total");
    // Asked twice, the numbers are the same: they are read, not added up.
    expect(await read(get)).toContain('moe_dag_blocks_total{type="expert"} 21');
  }));

test("every metric of our own is in docs/metrics.md with its kind, and nothing else is", () =>
  withServer({}, async ({ get, post }) => {
    await post("/chat", { prompt: "hi" });
    const names = [...(await read(get)).matchAll(/^# TYPE (\S+) (\S+)/gm)].map(([, name, kind]) => `${name} ${kind}`);
    const own = names.filter((name) => /^(moe|gen_ai|http)_/.test(name));
    const page = readFileSync(join(import.meta.dirname, "../../docs/metrics.md"), "utf8");
    const documented = [...page.matchAll(/^\| `((?:moe|gen_ai|http)_\w+)` \| (\w+)/gm)].map(
      ([, name, kind]) => `${name} ${kind}`,
    );
    expect(documented.toSorted()).toEqual(own.toSorted());
  }));

test("tokens of experts add up over answers and readings; beyond 1,024 experts they are counted together", async () => {
  const registry = new Registry();
  const tokens = new ExpertTokens([registry]);
  const share = (expert: number) => ({
    slot: `layer0.expert${expert}`,
    layer: 0,
    expert,
    block: "",
    author: "",
    tokens: 2,
    gateMass: 1,
    share: 1,
  });
  const shares = Array.from({ length: 1_030 }, (_, expert) => share(expert));
  tokens.add(shares);
  await registry.metrics();
  tokens.add(shares);
  await registry.metrics();
  const lines = (await registry.metrics()).split("\n").filter((line) => line.startsWith("moe_expert_tokens_total"));
  expect(lines).toHaveLength(1_025);
  expect(lines).toContain('moe_expert_tokens_total{layer="0",expert="1023"} 4');
  expect(lines).toContain('moe_expert_tokens_total{layer="other",expert="other"} 24');
});
