import { jsonOf } from "./support/json.ts";
import { BLOCK, MODEL } from "./support/sampleData.ts";
import { withServer } from "./support/withServer.ts";

const ROOT = "e".repeat(64);
const OCTETS = { "content-type": "application/octet-stream" };
const part = (offset: number, length: number) => ({ "upload-offset": String(offset), "upload-length": String(length) });

test("an upload goes on where it stopped: HEAD says where, PATCH appends there", () =>
  withServer({}, async ({ get, node }) => {
    const path = `/payloads/${ROOT}`;
    const before = await get(path, { method: "HEAD" });
    expect([before.status, before.headers.get("upload-offset"), before.headers.get("upload-length")]).toEqual([
      200,
      "0",
      null,
    ]);
    const send = (from: number, bytes: number[]) =>
      get(path, { method: "PATCH", headers: { ...OCTETS, ...part(from, 5) }, body: new Uint8Array(bytes) });
    expect(await jsonOf(await send(0, [1, 2, 3]))).toEqual({
      root: ROOT,
      total_bytes: 5,
      received_bytes: 3,
      complete: false,
    });
    const middle = await get(path, { method: "HEAD" });
    expect([middle.headers.get("upload-offset"), middle.headers.get("upload-length")]).toEqual(["3", "5"]);
    const wrong = await send(0, [1]);
    expect([wrong.status, (await jsonOf(wrong)).error]).toMatchObject([
      409,
      { code: "upload_offset_mismatch", data: { received_bytes: 3 } },
    ]);
    expect(await jsonOf(await send(3, [4, 5]))).toMatchObject({ received_bytes: 5, complete: true });
    expect(node.uploads.parts.get(ROOT)!.bytes).toEqual([1, 2, 3, 4, 5]);
  }));

test.each([
  ["no offset", { "upload-length": "5" }, "upload-offset"],
  ["no length", { "upload-offset": "0" }, "upload-length"],
  ["a negative offset", { "upload-offset": "-1", "upload-length": "5" }, "upload-offset"],
  ["an offset past the end", part(6, 5), "upload-length"],
  ["more bytes than there are", part(3, 5), "upload-length"],
  ["a fraction", { "upload-offset": "0.5", "upload-length": "5" }, "upload-offset"],
  ["a number that is not exact", { "upload-offset": "0", "upload-length": "9".repeat(20) }, "upload-length"],
])("an upload with %s is a 400", (_name, headers, param) =>
  withServer({}, async ({ get, node }) => {
    const init = { method: "PATCH", headers: { ...OCTETS, ...headers }, body: new Uint8Array(3) };
    const response = await get(`/payloads/${ROOT}`, init);
    expect([response.status, (await jsonOf(response)).error.param]).toEqual([400, param]);
    expect(node.uploads.parts.size).toBe(0);
  }),
);

test("an upload is bytes, uncompressed, under an exact root", () =>
  withServer({}, async ({ get }) => {
    const send = async (path: string, headers: Record<string, string>): Promise<number> =>
      (await get(path, { method: "PATCH", headers: { ...part(0, 3), ...headers }, body: new Uint8Array(3) })).status;
    expect(await send(`/payloads/${ROOT}`, { "content-type": "application/json" })).toBe(415);
    expect(await send(`/payloads/${ROOT}`, { ...OCTETS, "content-encoding": "gzip" })).toBe(415);
    for (const root of [ROOT.toUpperCase(), ROOT.slice(1), "..%2f..%2fetc", `${ROOT}%00`]) {
      expect(await send(`/payloads/${root}`, OCTETS)).toBe(400);
    }
  }));

const SEED_FORM = {
  expert_name: "layer0.expert1",
  layer_id: "layer0",
  block_type: "expert",
  depends_on: [],
  tensor_data_b64: Buffer.from([1, 2, 3]).toString("base64"),
  block_b64: Buffer.from([9, 8, 7]).toString("base64"),
  candidate_loss: 0.85,
  miner_address: "alice",
  miner_pub: "c".repeat(64),
  payload_sig: "00",
};

test("an expert in one request goes to the chain with its bytes; the verdict is the status", () =>
  withServer({}, async ({ post, node }) => {
    const accepted = await post("/upload_moe_experts", SEED_FORM);
    expect([accepted.status, await jsonOf(accepted)]).toEqual([
      201,
      { kind: "accept", code: "stored", reason: "", block: BLOCK },
    ]);
    expect(node.uploads.offered).toEqual([new Uint8Array([9, 8, 7])]);
    node.uploads.verdict = "ignore";
    expect((await post("/upload_moe_experts", { ...SEED_FORM, meta_hash: MODEL })).status).toBe(202);
    node.uploads.verdict = "reject";
    const rejected = await post("/upload_moe_experts", SEED_FORM);
    expect([rejected.status, (await jsonOf(rejected)).error.code]).toEqual([422, "block_rejected"]);
  }));

test.each([
  ["a slot that is none", { expert_name: "layer0.expert01" }, "expert_name"],
  ["another layer", { layer_id: "layer1" }, "layer_id"],
  ["another type", { block_type: "router" }, "block_type"],
  ["no base64", { tensor_data_b64: "a-b_" }, "tensor_data_b64"],
  ["base64 with a line break", { tensor_data_b64: "AAAA\nAAAA" }, "tensor_data_b64"],
  ["no block", { block_b64: undefined }, "block_b64"],
  ["a short key", { miner_pub: "cc" }, "miner_pub"],
])("an expert with %s is a 400", (_name, fields, param) =>
  withServer({}, async ({ post, node }) => {
    const response = await post("/upload_moe_experts", { ...SEED_FORM, ...fields });
    expect([response.status, (await jsonOf(response)).error.param]).toEqual([400, param]);
    expect(node.uploads.offered).toEqual([]);
  }),
);

test("sealed blocks get one verdict each, and refusals are counted by the chain's code", () =>
  withServer({}, async ({ post, get, node }) => {
    const blocks = ["AAAA", "BBBB"];
    const { items } = await jsonOf(await post("/chain/blocks", { blocks }));
    expect(items).toHaveLength(2);
    node.uploads.verdict = "reject";
    expect((await post("/chain/blocks", { blocks })).status).toBe(200);
    expect(await (await get("/metrics")).text()).toContain('moe_dag_rejected_total{reason="stored"} 2');
    expect((await post("/chain/blocks", { blocks: [] })).status).toBe(400);
    expect((await post("/chain/blocks", { blocks: new Array(65).fill("AAAA") })).status).toBe(400);
  }));
