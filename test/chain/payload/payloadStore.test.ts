import { readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { Random } from "../../../scripts/support/random.ts";
import { hashOf } from "../../../scripts/support/sampleModel.ts";
import { withTemporaryFolder } from "../../../scripts/support/temporary.ts";
import { CHUNK_BYTES } from "../../../src/chain/limits.ts";
import { PayloadStore } from "../../../src/chain/payload/payloadStore.ts";
import { concatBytes, toHex } from "../../../src/core/bytes.ts";
import { errorCode } from "../../../src/core/errors.ts";

const withStore = (use: (store: PayloadStore, folder: string) => Promise<void>) =>
  withTemporaryFolder(async (folder) => use(await PayloadStore.open(folder, 0), folder));

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return "fine";
  } catch (error) {
    return errorCode(error);
  }
}

/** Every file below `folder`, relative to it. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

const aroundBorders = fc.oneof(
  fc.nat(64),
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: -2, max: 2 })).map(([n, d]) => n * CHUNK_BYTES + d),
);

test("what was put comes back, whole, in pieces and by range, for sizes around the borders of chunks", async () => {
  await withStore(async (store) => {
    await fc.assert(
      fc.asyncProperty(aroundBorders, fc.integer(), async (size, seed) => {
        const random = new Random(seed);
        const bytes = new Uint8Array(size).map((_, i) => (i * 7 + seed) & 0xff);
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < size; at += pieces.at(-1)!.length) {
          pieces.push(bytes.subarray(at, at + random.between(1, 200_000)));
        }
        const { root, bytes: stored } = await store.put(pieces);
        expect(stored).toBe(size);
        expect(Buffer.compare(await store.readAll(root, size), bytes)).toBe(0);
        const reader = await store.open(root);
        try {
          const read: Uint8Array[] = [];
          for await (const piece of reader.pieces()) read.push(piece.slice());
          expect(Buffer.compare(concatBytes(read), bytes)).toBe(0);
          for (let i = 0; i < 5; i++) {
            const offset = random.between(0, size);
            const length = random.between(0, size - offset);
            expect(Buffer.compare(await reader.read(offset, length), bytes.subarray(offset, offset + length))).toBe(0);
          }
        } finally {
          await reader.close();
        }
      }),
      { numRuns: 40 },
    );
  });
});

test("a flipped bit in any byte of the data or of the chunk list is detected before a byte is given out", async () => {
  await withStore(async (store) => {
    const bytes = new Random(1).bytes(300);
    const { root } = await store.put([bytes]);
    for (const path of [store.path(root), `${store.path(root)}.chunks`]) {
      const good = await readFile(path);
      for (let at = 0; at < good.length; at++) {
        const bad = Buffer.from(good);
        bad[at]! ^= 1 << (at & 7);
        await writeFile(path, bad);
        expect([path, at, await codeOf(store.readAll(root, 1000))]).toEqual([path, at, "payload_corrupt"]);
      }
      await writeFile(path, good);
    }
    expect(await codeOf(store.readAll(root, 1000))).toBe("fine");
  });
});

test("a flipped bit in a chunk fails the reads that touch the chunk and no others", async () => {
  await withStore(async (store) => {
    const size = 3 * CHUNK_BYTES + 17;
    const { root } = await store.put([new Uint8Array(size).fill(5)]);
    const path = store.path(root);
    const random = new Random(2);
    for (let i = 0; i < 20; i++) {
      const at = random.below(size);
      const chunk = Math.floor(at / CHUNK_BYTES);
      const bad = await readFile(path);
      bad[at]! ^= 0x80;
      await writeFile(path, bad);
      const reader = await store.open(root);
      for (let other = 0; other < 4; other++) {
        const length = Math.min(CHUNK_BYTES, size - other * CHUNK_BYTES);
        const code = await codeOf(reader.read(other * CHUNK_BYTES, length));
        expect(code).toBe(other === chunk ? "payload_corrupt" : "fine");
      }
      const drain = async () => {
        for await (const piece of reader.pieces()) expect(piece.every((byte) => byte === 5)).toBe(true);
      };
      expect(await codeOf(drain())).toBe("payload_corrupt");
      await reader.close();
      bad[at]! ^= 0x80;
      await writeFile(path, bad);
    }
  });
});

test("a payload that is cut short, longer, without its list, or without its data says so", async () => {
  await withStore(async (store) => {
    const put = async (text: string) => (await store.put([hashOf(text)])).root;
    const [short, long, withoutList, withoutData, shortList, linked] = await Promise.all(
      ["short", "long", "no list", "no data", "short list", "link"].map(put),
    );
    await truncate(store.path(short!), 31);
    await writeFile(store.path(long!), concatBytes([hashOf("long"), Uint8Array.of(0)]));
    await rm(`${store.path(withoutList!)}.chunks`);
    await rm(store.path(withoutData!));
    await truncate(`${store.path(shortList!)}.chunks`, 20);
    await rm(store.path(linked!));
    await writeFile(join(store.folder, "secret"), hashOf("link"));
    await symlink(join(store.folder, "secret"), store.path(linked!));
    expect(await codeOf(store.readAll(short!, 99))).toBe("payload_corrupt");
    expect(await codeOf(store.readAll(long!, 99))).toBe("payload_corrupt");
    expect(await codeOf(store.readAll(withoutList!, 99))).toBe("payload_missing");
    expect(await codeOf(store.readAll(withoutData!, 99))).toBe("payload_missing");
    expect(await codeOf(store.readAll(shortList!, 99))).toBe("payload_corrupt");
    expect(await codeOf(store.readAll(linked!, 99))).toBe("payload_corrupt");
    expect(await codeOf(store.readAll(hashOf("never stored"), 99))).toBe("payload_missing");
    expect(await store.has(withoutData!)).toBe(false);
  });
});

test("ranges outside the payload, and numbers that are no integers, are refused", async () => {
  await withStore(async (store) => {
    const { root } = await store.put([new Uint8Array(10)]);
    const reader = await store.open(root);
    const ranges = [
      [-1, 1],
      [0, 11],
      [10, 1],
      [11, 0],
      [0, -1],
      [Number.NaN, 1],
      [0, Number.NaN],
      [0.5, 1],
      [1, 0.5],
      [Infinity, 0],
      [2 ** 53, 1],
    ] as const;
    for (const [offset, length] of ranges) {
      expect([offset, length, await codeOf(reader.read(offset, length))]).toEqual([
        offset,
        length,
        "read_out_of_range",
      ]);
    }
    await reader.close();
    await reader.close();
    expect(await codeOf(store.readAll(root, 9))).toBe("payload_too_large");
  });
});

test("a wrong expected root, an abort, and a source that fails leave no file behind", async () => {
  await withStore(async (store, folder) => {
    const pieces = Array.from({ length: 20 }, () => new Uint8Array(100_000));
    expect(await codeOf(store.put(pieces, { expectedRoot: hashOf("another") }))).toBe("payload_root_mismatch");
    const controller = new AbortController();
    async function* slowly() {
      for (const [i, piece] of pieces.entries()) {
        if (i === 10) controller.abort(new Error("enough"));
        yield piece;
      }
    }
    await expect(store.put(slowly(), { signal: controller.signal })).rejects.toThrow("enough");
    async function* broken() {
      yield* pieces.slice(0, 3);
      throw new Error("the other side is gone");
    }
    await expect(store.put(broken())).rejects.toThrow("the other side is gone");
    expect(await codeOf(store.put(pieces, { expectedBytes: 2 ** 52 }))).toBe("disk_full");
    expect(await filesIn(folder)).toEqual([]);
  });
});

test("putting the same payload many times at once stores it once, whole", async () => {
  await withStore(async (store, folder) => {
    const bytes = new Random(3).bytes(CHUNK_BYTES + 1);
    const roots = await Promise.all(Array.from({ length: 8 }, () => store.put([bytes])));
    expect(new Set(roots.map(({ root }) => toHex(root))).size).toBe(1);
    expect(await filesIn(folder)).toHaveLength(2);
    expect(Buffer.compare(await store.readAll(roots[0]!.root, bytes.length), bytes)).toBe(0);
  });
});

test("quarantine and removal make a payload missing, and it can be put again", async () => {
  await withStore(async (store) => {
    const { root } = await store.put([hashOf("bytes")]);
    const roots = async () => {
      const all: string[] = [];
      for await (const rootHex of store.roots()) all.push(rootHex);
      return all;
    };
    expect(await roots()).toEqual([toHex(root)]);
    await store.quarantine(root);
    expect([await store.has(root), await roots()]).toEqual([false, []]);
    await store.put([hashOf("bytes")]);
    await store.quarantine(root);
    await store.put([hashOf("bytes")]);
    expect(await store.has(root)).toBe(true);
    await store.remove(root);
    await store.remove(root);
    expect([await store.has(root), await roots()]).toEqual([false, []]);
  });
});

test("opening removes the temporary files of a killed process and nothing else", async () => {
  await withStore(async (store, folder) => {
    const { root } = await store.put([hashOf("bytes")]);
    await writeFile(join(folder, ".tmp-0123456789abcdef"), "half a payload");
    const again = await PayloadStore.open(folder, 0);
    expect((await filesIn(folder)).sort()).toEqual([again.path(root), `${again.path(root)}.chunks`].sort());
  });
});
