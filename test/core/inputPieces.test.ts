import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { type FileHandle, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inputPieces } from "../../src/core/inputPieces.ts";
import { withTemporaryFolder } from "./temporaryFolder.ts";

const withPipes = process.platform === "win32" ? test.skip : test;

async function withPipe(use: (path: string) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, "pipe");
    execFileSync("mkfifo", [path]);
    await use(path);
  });
}

const read = async (...asked: Parameters<typeof inputPieces>) =>
  Buffer.concat(await Array.fromAsync(inputPieces(...asked)));

test("a file is read to its end, and one that is missing is the reader's error", async () => {
  await withTemporaryFolder(async (folder) => {
    const bytes = randomBytes(2 ** 20 + 3);
    await writeFile(join(folder, "file"), bytes);
    expect((await read(join(folder, "file"))).equals(bytes)).toBe(true);
    await expect(read(join(folder, "none"))).rejects.toMatchObject({ code: "ENOENT" });
    await expect(read(folder)).rejects.toMatchObject({ code: "EISDIR" });
  });
});

withPipes("a pipe into which nobody writes is refused after the time that it has", () =>
  withPipe(async (path) => {
    const message = `${path}: expected somebody who writes into the pipe, got nobody for 0.05 s`;
    await expect(read(path, { pipeWaitMs: 50 })).rejects.toMatchObject({ code: "pipe_silent", message });
  }),
);

withPipes("whoever has opened the pipe has all the time it wants", () =>
  withPipe(async (path) => {
    const pieces = inputPieces(path, { pipeWaitMs: 50 });
    const first = pieces.next();
    const writer = await open(path, "w");
    // The reader takes the pipe to be silent after 50 ms: three times as long passes without a byte.
    const silentMs = performance.now() + 150;
    while (performance.now() < silentMs) await writeFile(`${path}.other`, "");
    await writer.write("late");
    expect(String((await first).value)).toBe("late");
    await writer.close();
    expect(await pieces.next()).toMatchObject({ done: true });
  }),
);

withPipes("waiting ends when it is to stop, whether somebody is there or not", () =>
  withPipe(async (path) => {
    let writer: FileHandle | undefined;
    for (const opened of [false, true]) {
      const abort = new AbortController();
      const reading = read(path, { signal: abort.signal });
      if (opened) writer = await open(path, "w");
      setImmediate(() => abort.abort(new Error("enough")));
      await expect(reading).rejects.toThrow("enough");
    }
    await writer?.close();
  }),
);
