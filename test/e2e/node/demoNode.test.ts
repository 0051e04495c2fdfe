/** The API of a whole node with the demo model on its own chain, by clients that know its address and nothing else. */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI, { APIUserAbortError, NotFoundError } from "openai";
import { signerOf } from "../../../scripts/support/sampleModel.ts";
import { allRoutes } from "../../../src/api/routes/index.ts";
import { PACKAGE_FOLDER } from "../../../src/core/config/folders.ts";
import { createSigner } from "../../../src/core/ed25519.ts";
import { type RunningNode, startNode } from "../../../src/node.ts";
import { demoNodeOptions, HttpClient } from "./support/demoNode.ts";
import { Improvement, sealedBase64 } from "./support/improvement.ts";

const DEMO = join(PACKAGE_FOLDER, "data", "demo");
const QUESTION = "What is the capital of France?";
const GREEDY = { prompt: QUESTION, temperature: 0, max_tokens: 24 };

let folder: string;
let node: RunningNode;
let http: HttpClient;
let openai: OpenAI;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ai-block-demo-"));
  node = await startNode(demoNodeOptions(folder));
  http = new HttpClient(node.url);
  openai = new OpenAI({ baseURL: `${node.url}/v1`, apiKey: "none", maxRetries: 0 });
}, 120_000);

afterAll(async () => {
  await node?.close(0);
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly response: string;
  readonly state_root: string;
  readonly finish_reason: string;
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
  readonly experts: readonly {
    readonly slot: string;
    readonly layer: number;
    readonly block: string;
    readonly share: number;
  }[];
}

interface Model {
  readonly id: string;
  readonly model: string;
  readonly state_root: string;
  readonly layers: number;
  readonly top_k: number;
  readonly experts_per_layer: readonly number[];
  readonly sampling: { readonly temperature: number };
}

interface BlockItem {
  readonly id: string;
  readonly slot: string | null;
  readonly type: string;
}

const served = async (): Promise<Model> => (await http.json<{ items: [Model] }>("/chain/models")).items[0];
const chat = (more: object = {}): Promise<Answer> => http.json<Answer>("/chat", { ...GREEDY, ...more });
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((done) => setTimeout(done, 20));
};

test("openai: models, create, stream and the stream helper tell the same greedy answer; abort stops the engine; errors", async () => {
  const { id: model } = await served();
  const ids = (await Array.fromAsync(openai.models.list())).map(({ id }) => id);
  expect(ids).toEqual([model]);
  expect((await openai.models.retrieve(model)).object).toBe("model");
  const asks = {
    model,
    messages: [{ role: "user" as const, content: QUESTION }],
    temperature: 0,
    max_completion_tokens: 24,
  };
  const whole = await openai.chat.completions.create(asks);
  const text = whole.choices[0]?.message.content ?? "";
  expect(text).not.toBe("");
  expect(whole.usage!.prompt_tokens + whole.usage!.completion_tokens).toBe(whole.usage!.total_tokens);
  const chunks = await Array.fromAsync(
    await openai.chat.completions.create({ ...asks, stream: true, stream_options: { include_usage: true } }),
  );
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe(text);
  // What stands in the cache now differs, what was computed does not.
  const { prompt_tokens_details: _, ...usage } = whole.usage!;
  expect(chunks.at(-1)?.usage).toMatchObject(usage);
  const final = await openai.chat.completions.stream(asks).finalChatCompletion();
  expect([final.choices[0]?.message.content, final.choices[0]?.finish_reason]).toEqual([
    text,
    whole.choices[0]?.finish_reason,
  ]);
  const completion = await openai.completions.create({ model, prompt: "The capital", max_tokens: 4, temperature: 0 });
  expect(completion.usage?.completion_tokens).toBeLessThanOrEqual(4);

  const long = { ...asks, max_completion_tokens: 2000 };
  const controller = new AbortController();
  const asked = openai.chat.completions.create(long, { signal: controller.signal });
  controller.abort();
  await expect(asked).rejects.toBeInstanceOf(APIUserAbortError);
  const stream = await openai.chat.completions.create({ ...long, stream: true });
  for await (const _chunk of stream) stream.controller.abort();
  await until(async () => (await http.json<{ load: { running: number } }>("/health")).load.running === 0);
  const missing = openai.chat.completions.create({ ...asks, model: "gpt-unknown" });
  await expect(missing).rejects.toBeInstanceOf(NotFoundError);
  await expect(missing).rejects.toMatchObject({ code: "model_not_found", type: "invalid_request_error" });
  await expect(openai.chat.completions.create({ ...asks, temperature: 3 })).rejects.toMatchObject({
    status: 400,
    param: "temperature",
  });
});

test("/chat tells which experts and blocks computed the answer; a stream, all experts loaded and one node say the same", async () => {
  const model = await served();
  const answer = await chat();
  expect(answer.state_root).toBe(model.state_root);
  const heads = await http.json<{ heads: Record<string, string> }>(`/chain/heads/${model.model}`);
  for (const { slot, block } of answer.experts) expect(JSON.stringify(heads)).toContain(`"${slot}":"${block}"`);
  for (let layer = 0; layer < model.layers; layer++) {
    if (model.experts_per_layer[layer] === 0) continue;
    const shares = answer.experts.filter((expert) => expert.layer === layer);
    expect(shares.length).toBeGreaterThanOrEqual(model.top_k);
    expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 5);
  }
  expect((await chat({ use_moe: false })).response).toBe(answer.response);
  // So nobody has to ask for it.
  expect(model.sampling.temperature).toBe(0);
  expect((await chat({ temperature: undefined })).response).toBe(answer.response);
  const single = await chat({ top_k_experts: 1 });
  expect(single.experts.length).toBeLessThanOrEqual(answer.experts.length);

  const streamed = await http.events("/chat", { ...GREEDY, routing: true });
  const names = streamed.map(({ event }) => event);
  expect([names[0], names.at(-1)]).toEqual(["start", "done"]);
  const textOf = (events: typeof streamed): string =>
    events.map(({ event, data }) => (event === "token" ? String(data.text) : "")).join("");
  expect(textOf(streamed)).toBe(answer.response);
  const done = streamed.at(-1)!.data as unknown as Answer;
  expect(done.usage.completion_tokens).toBe(answer.usage.completion_tokens);

  const distributed = await http.events("/chat/distributed", GREEDY);
  const kinds = distributed.map(({ event }) => event).filter((event, i, all) => event !== all[i - 1]);
  expect(kinds).toEqual(["queued", "route", "token", "hop", "usage", "done"]);
  expect(textOf(distributed)).toBe(answer.response);
  expect(distributed[1]?.data).toMatchObject({
    hops: [{ node_id: node.services.network.peerId, layers: [0, model.layers - 1] }],
    state_root: model.state_root,
  });
});

test("every address that is read answers what its schema says, of the real chain, model and ledger", async () => {
  const { model, id } = await served();
  const [expert] = (await http.json<{ items: { slot: string }[] }>("/experts")).items;
  const [meta] = (await http.json<{ items: BlockItem[] }>("/chain/A/blocks")).items;
  const values: Readonly<Record<string, string>> = {
    ":id": meta!.id,
    ":root": "f".repeat(64),
    ":account": "a".repeat(64),
    ":model": model,
    ":slot": expert!.slot,
    ":name": expert!.slot,
  };
  const addressOf = (path: string): string => {
    if (path === "/v1/models/:id") return `/v1/models/${id}`;
    if (path === "/p2p/nodes/:id") return `/p2p/nodes/${node.services.network.peerId}`;
    const address = path.replaceAll(/:\w+/g, (name) => values[name] as string);
    return path === "/chain/search" ? `${address}?q=${meta!.id.slice(0, 6)}` : address;
  };
  const gets = allRoutes().filter(({ method }) => method === "get");
  expect(gets.length).toBeGreaterThan(20);
  for (const { path, answers } of gets) {
    const response = await http.get(addressOf(path));
    expect([path, response.status]).toEqual([path, answers.status]);
    if (answers.schema === undefined) expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
    else answers.schema.parse(await response.json());
  }
});

test("the pages of both chains hold every block once; a header's hash is its block's id", async () => {
  const { model } = await served();
  const a = await http.all<BlockItem>("/chain/A/blocks", 3);
  const b = await http.all<BlockItem>("/chain/B/blocks", 7);
  expect(a.map(({ id }) => id)).toContain(model);
  const { blocks } = await http.json<{ blocks: Record<string, number> }>("/chain/counts");
  const counted = Map.groupBy([...a, ...b], ({ type }) => type);
  expect(Object.fromEntries([...counted].map(([type, items]) => [type, items.length]))).toEqual(blocks);
  expect(new Set([...a, ...b].map(({ id }) => id)).size).toBe(a.length + b.length);
  for (const { id } of [...a, ...b].filter((_, i) => i % 9 === 0)) {
    const header = new Uint8Array(await (await http.get(`/chain/blocks/${id}/header`)).arrayBuffer());
    expect(createHash("sha256").update(header).digest("hex")).toBe(id);
  }
});

test("what experts did is counted, the busiest first, and rewarded once", async () => {
  const { experts } = await chat({ prompt: "What is 27 + 45?" });
  const { items } = await http.json<{ items: { slot: string; activations: number; gate_mass: number }[] }>(
    "/experts/top?limit=1000",
  );
  const masses = items.map(({ gate_mass }) => gate_mass);
  expect(masses).toEqual(masses.toSorted((x, y) => y - x));
  const used = new Map(items.map((item) => [item.slot, item]));
  for (const { slot } of experts) expect(used.get(slot)?.activations).toBeGreaterThan(0);
  const first = await http.json<{ amount: number; author: string }>(`/experts/reward/${items[0]!.slot}`, {});
  expect(first.amount).toBeGreaterThan(0);
  const again = await http.json<{ amount: number; entry: null }>(`/experts/reward/${items[0]!.slot}`, {});
  expect([again.amount, again.entry]).toEqual([0, null]);
  const ledger = await http.json<{ items: { amount: number }[] }>("/ledger");
  const accounts = await http.json<{ items: { account: string; confirmed: number; pending: number }[] }>("/accounts");
  const sum = ledger.items.reduce((total, { amount }) => total + amount, 0);
  expect(accounts.items.reduce((total, { confirmed, pending }) => total + confirmed + pending, 0)).toBe(sum);
});

test("a miner's expert comes in over /upload_moe_experts, the publisher's word makes it the head, and the next answer runs on it", async () => {
  const before = await chat();
  const { model, state_root } = await served();
  const slot = before.experts[0]!.slot;
  const improvement = new Improvement(http, DEMO);
  const candidate = await improvement.candidate(slot, 0.5, signerOf("miner"));
  const upload = {
    expert_name: slot,
    tensor_data_b64: Buffer.from(candidate.payload).toString("base64"),
    block_b64: sealedBase64(candidate.block),
  };
  const wrong = Buffer.from(candidate.payload);
  wrong[wrong.length - 1]! ^= 1;
  const refused = await http.post("/upload_moe_experts", { ...upload, tensor_data_b64: wrong.toString("base64") });
  expect([refused.status, ((await refused.json()) as { error: { code: string } }).error.code]).toEqual([
    422,
    "payload_root_mismatch",
  ]);
  const accepted = await http.post("/upload_moe_experts", upload);
  expect([accepted.status, await accepted.json()]).toEqual([
    201,
    { kind: "accept", code: "accepted", reason: "", block: candidate.block.idHex },
  ]);
  // Nobody has measured it yet: it changes nothing.
  expect((await served()).state_root).toBe(state_root);
  const author = createSigner(node.keys.author.privateKey);
  const attestation = await improvement.attestation(candidate.block, author);
  const verdicts = await http.json<{ items: { kind: string }[] }>("/chain/blocks", {
    blocks: [sealedBase64(attestation)],
  });
  expect(verdicts.items.map(({ kind }) => kind)).toEqual(["accept"]);
  await until(async () => (await served()).state_root !== state_root);
  const after = await chat();
  expect(after.state_root).toBe((await served()).state_root);
  expect(after.experts.find((expert) => expert.slot === slot)?.block ?? candidate.block.idHex).toBe(
    candidate.block.idHex,
  );
  const versions = await http.json<{ head: string; versions: unknown[] }>(`/chain/slots/${model}/${slot}`);
  expect([versions.head, versions.versions.length]).toEqual([candidate.block.idHex, 2]);
});

test("a payload that comes in parts goes on where it was cut off, and its block is accepted after it", async () => {
  const slot = (await chat()).experts[1]!.slot;
  const { block, payload, root } = await new Improvement(http, DEMO).candidate(slot, 0.25, signerOf("miner"));
  const patch = (offset: number, bytes: Uint8Array) =>
    http.get(`/payloads/${root}`, {
      method: "PATCH",
      headers: {
        "content-type": "application/octet-stream",
        "upload-offset": String(offset),
        "upload-length": String(payload.length),
      },
      body: new Uint8Array(bytes),
    });
  const cut = Math.floor(payload.length / 3);
  expect((await patch(0, payload.subarray(0, cut))).status).toBe(200);
  expect((await http.get(`/payloads/${root}`, { method: "HEAD" })).headers.get("upload-offset")).toBe(String(cut));
  const overlap = await patch(0, payload.subarray(0, cut));
  expect([overlap.status, await overlap.json()]).toMatchObject([409, { error: { data: { received_bytes: cut } } }]);
  const rest = await patch(cut, payload.subarray(cut));
  expect(await rest.json()).toMatchObject({ complete: true, received_bytes: payload.length });
  const verdicts = await http.json<{ items: { kind: string }[] }>("/chain/blocks", { blocks: [sealedBase64(block)] });
  expect(verdicts.items.map(({ kind }) => kind)).toEqual(["accept"]);
});

test("health names what the node is, and providers that work; the network's addresses answer for this node alone", async () => {
  await until(async () => (await http.get("/health")).status === 200);
  const health = await http.json<{ execution_providers: string[]; status: string }>("/health");
  expect(health.status).toBe("ready");
  expect(health.execution_providers).toContain("cpu");
  expect(health.execution_providers).not.toContain("tensorrt");
  const { items } = await http.json<{ items: { node_id: string }[] }>("/p2p/nodes");
  expect(items.map(({ node_id }) => node_id)).toEqual([node.services.network.peerId]);
  const registered = await http.post("/p2p/register", { node_id: "x", address: "/ip4/10.0.0.1/tcp/4001" });
  expect(registered.status).toBeGreaterThanOrEqual(400);
});
