import { join } from "node:path";
import { createApiKey } from "../../src/api/keys/apiKey.ts";
import { Chain } from "../../src/chain/chain.ts";
import { ChunkHasher, payloadRoot } from "../../src/chain/payload/chunkList.ts";
import { toHex } from "../../src/core/bytes.ts";
import { systemClock } from "../../src/core/clock.ts";
import { PartialUploads } from "../../src/node/services/partialUploads.ts";
import { NodeUploadService } from "../../src/node/services/uploadService.ts";
import { scriptedNode } from "../api/support/scriptedNode.ts";
import { type TestServer, withServer } from "../api/support/withServer.ts";
import { withFolder } from "./support.ts";

const LIMIT = 2;
const BYTES = 10;

/** The bytes of payload `n`, and their root. */
function payloadOf(n: number) {
  const bytes = new Uint8Array(BYTES).fill(n);
  const hasher = new ChunkHasher();
  hasher.update(bytes);
  return { bytes, root: toHex(payloadRoot(hasher.finish())) };
}

/** A server on the node's own upload service. */
function withUploads(
  apiKeys: readonly ReturnType<typeof createApiKey>[],
  use: (
    server: TestServer,
    send: (n: number, from: number, to: number, key?: string) => Promise<Response>,
  ) => Promise<void>,
): Promise<void> {
  return withFolder(async (folder) => {
    const limits = { maxUploads: 32, maxUploadsOfCaller: LIMIT, maxBytes: 1000, minFreeBytes: 0 };
    const partials = await PartialUploads.open(join(folder, "uploads"), limits, systemClock);
    const chain = await Chain.open(join(folder, "chain"), { minFreeBytes: 0 });
    const uploads = new NodeUploadService({ chain, partials, onPayload: () => undefined });
    const services = { ...scriptedNode(), uploads };
    try {
      await withServer({ services, apiKeys: apiKeys.map(({ entry }) => entry) }, (server) =>
        use(server, (n, from, to, key) => {
          const { bytes, root } = payloadOf(n);
          const headers = {
            "content-type": "application/octet-stream",
            "upload-offset": String(from),
            "upload-length": String(BYTES),
            ...(key !== undefined && { authorization: `Bearer ${key}` }),
          };
          return server.get(`/payloads/${root}`, { method: "PATCH", headers, body: bytes.slice(from, to) });
        }),
      );
    } finally {
      await chain.close();
      await partials.close();
    }
  });
}

test("unfinished uploads are limited by the account of the key: 429 with a code and a time; a finished one makes place", () => {
  const first = createApiKey(["upload"], { account: "miner" });
  const second = createApiKey(["upload"], { account: "miner" });
  const other = createApiKey(["upload"], { account: "other" });
  return withUploads([first, second, other], async (_server, send) => {
    expect((await send(1, 0, 5, first.text)).status).toBe(200);
    expect((await send(2, 0, 5, second.text)).status).toBe(200);
    for (const key of [first, second]) {
      const refused = await send(3, 0, 5, key.text);
      expect([refused.status, await refused.json()]).toMatchObject([
        429,
        { error: { code: "too_many_uploads", type: "rate_limit_error", data: { limit: LIMIT } } },
      ]);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(Number(refused.headers.get("retry-after-ms"))).toBeLessThanOrEqual(60_000);
    }
    expect((await send(3, 0, 5, other.text)).status).toBe(200);
    const done = await send(1, 5, BYTES, second.text);
    expect([done.status, await done.json()]).toMatchObject([200, { complete: true }]);
    expect((await send(4, 0, 5, first.text)).status).toBe(200);
    expect((await send(5, 0, 5, first.text)).status).toBe(429);
  });
});

test("where no keys are asked for, everybody on this machine is one caller", () =>
  withUploads([], async (_server, send) => {
    expect((await send(1, 0, 5)).status).toBe(200);
    expect((await send(2, 0, 5)).status).toBe(200);
    expect((await send(3, 0, 5)).status).toBe(429);
    // In one part it is no unfinished one for longer than it takes, but it begins as one.
    expect((await send(3, 0, BYTES)).status).toBe(429);
    expect((await send(2, 5, BYTES)).status).toBe(200);
    expect((await send(3, 0, BYTES)).status).toBe(200);
  }));
