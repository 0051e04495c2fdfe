/** The whole node with its real HTTP server on a free port. */
import { chmod, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../../src/core/errors.ts";
import { findRunningNode, nodeStatus, stopNode } from "../../src/node/control/controlClient.ts";
import { nodeFilePath, writeNodeFile } from "../../src/node/control/nodeFile.ts";
import type { StartProgress } from "../../src/node/nodeOptions.ts";
import { type RunningNode, startNode } from "../../src/node.ts";
import { withFolder } from "./support.ts";
import { nodeOptions, withNode, withPlace } from "./wholeNode.ts";

async function chat(url: string, body: object): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "tiny", messages: [{ role: "user", content: "Hello" }], temperature: 0, ...body }),
  });
}

interface Completion {
  readonly choices: readonly [{ readonly message: { readonly content: string }; readonly finish_reason: string }];
  readonly usage: { readonly completion_tokens: number };
}

const json = async (url: string): Promise<Record<string, unknown>> =>
  (await (await fetch(url)).json()) as Record<string, unknown>;
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no error",
    (error: unknown) => errorCode(error),
  );

/** The upload of a block that the chain has. */
async function storedExpert({ url }: RunningNode) {
  const { items } = (await json(`${url}/chain/B/blocks?type=expert&limit=1`)) as {
    items: { id: string; slot: string; model: string }[];
  };
  const { id, slot, model } = items[0]!;
  const block = (await json(`${url}/chain/blocks/${id}`)) as { header_base64: string; signature: string };
  const sealed = Buffer.concat([block.signature, block.header_base64].map((each) => Buffer.from(each, "base64")));
  return { expert_name: slot, model, tensor_data_b64: "AAAA", block_b64: sealed.toString("base64") };
}

function uploadOf(upload: object): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(upload) };
}

test("the first start makes keys, chain and model; the second one finds them, with usage and rewards; answers are equal", async () => {
  await withPlace(async (place) => {
    const options = nodeOptions(place);
    const last = new Map<string, StartProgress>();
    const first = await withNode({ ...options, onProgress: (event) => last.set(event.stage, event) }, async (node) => {
      expect([...last.keys()]).toEqual(["hashing", "publishing", "loading"]);
      for (const { done, total } of last.values()) expect(done).toBe(total);
      expect(last.get("loading")).toMatchObject({ done: 1, unit: "models" });
      expect(node.keys.created).toEqual([options.config.keyFile, join(place.data, "peer.json")]);
      for (const file of node.keys.created) expect((await stat(file)).mode & 0o777).toBe(0o600);
      const answer = (await (await chat(node.url, { max_tokens: 8 })).json()) as Completion;
      expect(answer.usage.completion_tokens).toBe(8);
      const { items } = (await json(`${node.url}/experts/top?limit=1`)) as { items: { slot: string }[] };
      const reward = await node.services.experts.reward(items[0]!.slot);
      expect(reward?.amount).toBeGreaterThan(0);
      return {
        answer,
        slot: items[0]!.slot,
        reward,
        peerId: node.services.network.peerId,
        models: node.services.models.list(),
      };
    });
    await withNode(options, async (node) => {
      expect(node.chosen.published).toBe(0);
      expect(node.keys.created).toEqual([]);
      expect(node.services.network.peerId).toBe(first.peerId);
      expect(node.services.models.list()).toEqual(first.models);
      const stats = await node.services.experts.stats(first.slot);
      expect(stats?.requests).toBe(1);
      expect(stats?.activations).toBeGreaterThan(0);
      expect(stats?.latencyMs).toBeGreaterThan(0);
      // Paid once: nothing has been earned since.
      expect(await node.services.experts.reward(first.slot)).toMatchObject({ amount: 0, entry: null });
      const { items } = await node.services.experts.ledger({ limit: 10 });
      expect(items).toEqual([first.reward?.entry]);
      const answer = (await (await chat(node.url, { max_tokens: 8 })).json()) as Completion;
      expect(answer.choices).toEqual(first.answer.choices);
      const { blocks } = node.services.chain.counts();
      expect(Object.values(blocks).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(30);
      // Errors from behind the API name the field as the API calls it.
      const again = await storedExpert(node);
      const known = await fetch(`${node.url}/upload_moe_experts`, uploadOf(again));
      expect([known.status, await known.json()]).toMatchObject([202, { kind: "ignore", code: "already_known" }]);
      const self = `/p2p/nodes/${first.peerId}`;
      const mistakes: [field: string, path: string, init: RequestInit][] = [
        ["cursor", "/chain/B/blocks?cursor=zzz", {}],
        ["cursor", "/ledger?cursor=zzz", {}],
        ["id", self, { method: "DELETE" }],
        ["expert_name", "/upload_moe_experts", uploadOf({ ...again, expert_name: "layer9.expert0" })],
        ["model", "/upload_moe_experts", uploadOf({ ...again, model: "0".repeat(64) })],
      ];
      for (const [field, path, init] of mistakes) {
        const { error } = (await (await fetch(node.url + path, init)).json()) as { error: object };
        expect(error).toMatchObject({
          param: field,
          message: expect.stringMatching(new RegExp(`^${field}: expected `)),
        });
      }
    });
    // Without the folder, the model on the chain is served.
    await withNode(nodeOptions({ ...place, checkpoint: undefined }), async (node) => {
      expect(node.services.models.list()).toEqual(first.models);
    });
  });
});

test("stopping tells the clients: running streams get a last event, new chats 503, and everything is closed", async () => {
  await withPlace(async (place) => {
    const node = await startNode(nodeOptions(place));
    try {
      const response = await chat(node.url, { max_tokens: 480, stream: true });
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = (await reader.read()).value ?? "";
      const started = performance.now();
      const closed = node.close(200);
      expect((await node.services.health()).status).toBe("closing");
      expect(await codeOf(node.services.chat.prepare({ input: { prompt: "Hello" } }))).toBe("node_closing");
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        text += value;
      }
      await closed;
      // It waits for no answer beyond the grace; the rest is what a busy machine takes.
      expect(performance.now() - started).toBeLessThan(60_000);
      const last = text.trim().split("\n\n").at(-1)!;
      // The answer may have been quicker than the grace.
      if (last !== "data: [DONE]") expect(JSON.parse(last.slice("data: ".length)).error.code).toBe("node_closing");
      expect(await findRunningNode(place.data)).toBeUndefined();
      expect(await codeOf(stat(nodeFilePath(place.data)))).toBe("ENOENT");
      await node.close();
      // Nothing is locked any more.
      await withNode(nodeOptions(place), async (again) => expect((await again.services.health()).status).toBe("ready"));
    } finally {
      await node.close(0);
    }
  });
});

test("what keeps a node from starting is said by a code of its own, and leaves nothing running", async () => {
  await withPlace(async (place) => {
    const options = nodeOptions(place);
    expect(await codeOf(startNode(nodeOptions({ ...place, checkpoint: join(place.folder, "no-model") })))).toBe(
      "ENOENT",
    );
    await withNode(options, async (node) => {
      const second = await startNode(nodeOptions(place)).catch((error: unknown) => error);
      expect(second).toMatchObject({ code: "store_locked", data: { pid: process.pid, url: node.url } });
      const elsewhere = { ...place, data: join(place.folder, "other") };
      expect(await codeOf(startNode(nodeOptions(elsewhere, { httpPort: String(node.port) })))).toBe("port_busy");
      expect(await codeOf(startNode(nodeOptions(elsewhere, { httpHost: "0.0.0.0" })))).toBe("insecure_bind");
      // A second node with data of its own is another peer.
      await withNode(nodeOptions(elsewhere), async (other) => {
        expect(other.services.network.peerId).not.toBe(node.services.network.peerId);
      });
    });
    const { keyFile } = options.config;
    await chmod(keyFile, 0o644);
    expect(await codeOf(startNode(options))).toBe("key_file_permissions");
    await chmod(keyFile, 0o600);
    const empty = nodeOptions({ ...place, data: join(place.folder, "empty") });
    expect(await codeOf(startNode({ ...empty, minFreeBytes: 2 ** 50 }))).toBe("disk_full");
    const aborted = { ...options, signal: AbortSignal.abort(new Error("Ctrl-C")) };
    await expect(startNode(aborted)).rejects.toThrow("Ctrl-C");
    // What is there is served from a full disk too.
    await withNode({ ...options, minFreeBytes: 2 ** 50 }, async (node) => {
      expect((await node.services.health()).status).toBe("ready");
      expect((await chat(node.url, { max_tokens: 4 })).status).toBe(200);
    });
  });
});

test("without a model there is one sentence, and no node", async () => {
  await withFolder(async (folder) => {
    const options = nodeOptions({ folder, checkpoint: undefined, data: join(folder, "data") });
    const error = await startNode(options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "no_model", message: expect.stringContaining("--model") });
  });
});

test("status and stop find the node by its file; files of killed nodes and strangers mean nothing", async () => {
  await withPlace(async (place) => {
    expect(await codeOf(nodeStatus(place.data))).toBe("node_not_running");
    let asked = 0;
    const onStopRequest = () => {
      asked += 1;
    };
    await withNode({ ...nodeOptions(place), onStopRequest }, async (node) => {
      const { file, status } = await nodeStatus(place.data);
      expect((await stat(nodeFilePath(place.data))).mode & 0o777).toBe(0o600);
      expect(file).toMatchObject({ pid: process.pid, url: node.url });
      expect(status).toMatchObject({ health: { status: "ready" }, peerId: node.services.network.peerId });
      expect((await stopNode(place.data)).pid).toBe(process.pid);
      expect(asked).toBe(1);
      // A file that a killed node left: its port belongs to somebody else now, or to nobody.
      const stale = join(place.folder, "stale");
      await withNode(nodeOptions({ ...place, data: stale }), async () => undefined);
      await writeNodeFile(stale, { ...file, token: "0".repeat(64) });
      expect(await findRunningNode(stale)).toBeUndefined();
      expect(await codeOf(stopNode(stale))).toBe("node_not_running");
      expect(asked).toBe(1);
      await writeNodeFile(stale, { ...file, controlPort: 1 });
      expect(await codeOf(nodeStatus(stale))).toBe("node_not_running");
      expect(JSON.parse(await readFile(nodeFilePath(place.data), "utf8")).token).toMatch(/^[0-9a-f]{64}$/);
    });
  });
});
