/**
 * Storing 1 GiB as a payload, against writing, syncing and hashing the same bytes with nothing else around it; and
 * reading it back verified, against reading and hashing.
 */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { PayloadStore } from "../../../src/chain/payload/payloadStore.ts";
import { withTemporaryFolder } from "../../support/temporary.ts";
import { type BenchRow, compared } from "../report.ts";

const MIB = 2 ** 20;
const PAYLOAD_MIB = 1024;
const ROUNDS = 3;

export function benchPayload(): Promise<BenchRow[]> {
  return withTemporaryFolder(async (folder) => {
    const piece = new Uint8Array(MIB);
    for (let i = 0; i < piece.length; i++) piece[i] = (i * 2654435761) >>> 24;
    const store = await PayloadStore.open(join(folder, "payloads"));
    const best = { put: Infinity, putFloor: Infinity, read: Infinity, readFloor: Infinity };
    const plain = join(folder, "plain");
    for (let round = 0; round < ROUNDS; round++) {
      best.putFloor = Math.min(best.putFloor, await seconds(() => writePlain(plain, piece)));
      let root = new Uint8Array(0);
      const put = await seconds(async () => {
        root = new Uint8Array((await store.put(pieces(piece, round))).root);
      });
      best.put = Math.min(best.put, put);
      best.readFloor = Math.min(best.readFloor, await seconds(() => readPlain(plain, piece.length)));
      best.read = Math.min(best.read, await seconds(() => readPayload(store, root)));
      await store.remove(root);
    }
    return [
      compared({
        name: "payload of 1 GiB stored (chunk list, sync, rename)",
        value: PAYLOAD_MIB / best.put,
        unit: "MiB/s",
        floor: { name: "write, then sync, then SHA-256", value: PAYLOAD_MIB / best.putFloor },
        aim: "0.80",
      }),
      compared({
        name: "payload of 1 GiB read back, every chunk verified",
        value: PAYLOAD_MIB / best.read,
        unit: "MiB/s",
        floor: { name: "read, then SHA-256", value: PAYLOAD_MIB / best.readFloor },
        aim: "0.80",
      }),
    ];
  });
}

function* pieces(piece: Uint8Array, round: number): Generator<Uint8Array> {
  piece[0] = round;
  for (let i = 0; i < PAYLOAD_MIB; i++) yield piece;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** The floor: SHA-256 of all bytes, and a synced file of them. */
async function writePlain(path: string, piece: Uint8Array): Promise<void> {
  const hash = createHash("sha256");
  const handle = await open(path, "w");
  for (let i = 0; i < PAYLOAD_MIB; i++) {
    hash.update(piece);
    await handle.write(piece);
  }
  await handle.sync();
  await handle.close();
  hash.digest();
}

async function readPlain(path: string, pieceBytes: number): Promise<void> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(pieceBytes);
  const handle = await open(path, "r");
  for (let i = 0; i < PAYLOAD_MIB; i++) {
    await handle.read(buffer, 0, pieceBytes, i * pieceBytes);
    hash.update(buffer);
  }
  await handle.close();
  hash.digest();
}

async function readPayload(store: PayloadStore, root: Uint8Array): Promise<void> {
  const reader = await store.open(root);
  let bytes = 0;
  for await (const piece of reader.pieces()) bytes += piece.length;
  await reader.close();
  if (bytes !== reader.bytes) throw new Error(`read ${bytes} of ${reader.bytes} bytes`);
}
