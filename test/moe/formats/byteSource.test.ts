import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, rename, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { memorySource, openFile } from "../../../src/moe/formats/byteSource.ts";
import { safetensorsFile } from "../../../src/moe/formats/safetensors/reader.ts";
import { encodeSafetensors } from "../../../src/moe/formats/safetensors/writer.ts";
import { expectCode, failureOf } from "./expectCode.ts";
import { withFolder } from "./temporaryFolder.ts";

test("a read gives exactly the bytes asked for, in a buffer of its own", async () => {
  await withFolder(async (folder) => {
    await writeFile(join(folder, "f"), Buffer.from("0123456789"));
    const source = await openFile(join(folder, "f"));
    const bytes = await source.read(3, 4);
    expect(Buffer.from(bytes).toString()).toBe("3456");
    expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, 4]);
    expect((await source.read(10, 0)).length).toBe(0);
    await source.close();
  });
});

test("ranges outside the file are refused before memory is taken", async () => {
  const source = memorySource(new Uint8Array(10));
  for (const [offset, length] of [
    [0, 11],
    [11, 0],
    [-1, 2],
    [0, -1],
    [0.5, 1],
    [0, Number.NaN],
    [Number.MAX_SAFE_INTEGER, 1],
    [0, 2 ** 60],
  ] as const) {
    await expectCode(() => source.read(offset, length), "read_out_of_range");
  }
});

test("links, folders, pipes and absent files are refused, a pipe without waiting for its other end", async () => {
  await withFolder(async (folder) => {
    await writeFile(join(folder, "file"), "x");
    await symlink(join(folder, "file"), join(folder, "link"));
    await mkdir(join(folder, "folder"));
    execFileSync("mkfifo", [join(folder, "pipe")]);
    await expectCode(() => openFile(join(folder, "link")), "file_is_link");
    await expectCode(() => openFile(join(folder, "pipe")), "file_not_regular");
    await expectCode(() => openFile(join(folder, "folder")), "file_not_regular");
    await expectCode(() => openFile(join(folder, "absent")), "file_missing");
    await expectCode(() => openFile(join(folder, "file", "below")), "file_missing");
    const followed = await openFile(join(folder, "link"), { followLinks: true });
    expect(followed.byteLength).toBe(1);
    await followed.close();
  });
});

test("close waits for reads in flight and may be called twice; reads afterwards are refused", async () => {
  await withFolder(async (folder) => {
    await writeFile(join(folder, "f"), new Uint8Array(100_000));
    for (let i = 0; i < 50; i++) {
      const source = await openFile(join(folder, "f"));
      const reads = Array.from({ length: 8 }, () => failureOf(() => source.read(0, 100_000)));
      // Close at different moments of the reads.
      for (let turn = 0; turn < i % 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      await Promise.all([source.close(), source.close()]);
      for (const outcome of await Promise.all(reads)) expect(outcome).toBe("no failure");
      await expectCode(() => source.read(0, 1), "source_closed");
    }
  });
});

test("a file that becomes shorter or changes while it is open is refused, never read as something else", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "f");
    await writeFile(path, new Uint8Array(1000));
    const source = await openFile(path);
    await truncate(path, 500);
    await expectCode(() => source.read(400, 600), "file_truncated");
    await expectCode(() => source.read(0, 10), "file_changed");
    await source.close();
    await writeFile(path, new Uint8Array(1000));
    const again = await openFile(path);
    await writeFile(path, new Uint8Array(1000).fill(1));
    await utimes(path, 1, 1);
    await expectCode(() => again.read(0, 10), "file_changed");
    await again.close();
  });
});

test("an abort signal ends a read", async () => {
  const source = memorySource(new Uint8Array(4));
  await expect(source.read(0, 4, AbortSignal.abort())).rejects.toThrow(/abort/);
});

test("1,000 races of renaming and overwriting: what is hashed is what was parsed, or the read is refused", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "model.safetensors");
    const make = (fill: number) => {
      const bytes = new Uint8Array(64).fill(fill);
      return encodeSafetensors([{ name: `w${fill}`, dtype: "U8", shape: [64], bytes }]);
    };
    let refused = 0;
    for (let i = 0; i < 1000; i++) {
      await writeFile(path, make(1));
      const other = join(folder, "other");
      await writeFile(other, make(2));
      const source = await openFile(path);
      // Half of the races replace the name, half overwrite the content, at any moment of the reading.
      const attack = i % 2 === 0 ? rename(other, path) : writeFile(path, make(2));
      const outcome = await readAndHash(source).catch((error: unknown) => error as { code: string });
      await attack;
      await source.close();
      if ("code" in outcome) {
        // An overwriting attacker makes the file shorter first.
        expect(["file_changed", "file_truncated", "read_out_of_range", "header_invalid"]).toContain(outcome.code);
        refused += 1;
      } else {
        expect(outcome).toEqual({ name: `w${outcome.fill}`, fill: outcome.fill, hash: hashOf(outcome.fill) });
      }
    }
    expect(refused).toBeLessThan(501);
  });
});

async function readAndHash(source: Awaited<ReturnType<typeof openFile>>) {
  const { tensors } = await safetensorsFile(source);
  const [tensor] = [...tensors.values()];
  const bytes = await source.read(tensor!.fileOffset, tensor!.byteLength);
  return { name: tensor!.name, fill: bytes[0]!, hash: createHash("sha256").update(bytes).digest("hex") };
}

function hashOf(fill: number): string {
  return createHash("sha256").update(new Uint8Array(64).fill(fill)).digest("hex");
}
