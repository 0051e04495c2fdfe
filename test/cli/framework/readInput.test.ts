import { execFileSync } from "node:child_process";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readInput, readInputBytes } from "../../../src/cli/framework/readInput.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ai-block-input-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Every later test of pipes has one of its own. */
function makePipe(): string {
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  return path;
}

const withPipes = process.platform === "win32" ? test.skip : test;

test("a file is read whole, up to the limit and not beyond it", async () => {
  const file = join(folder, "file");
  await writeFile(file, "héllo");
  expect(await readInput(file, { maxBytes: 6 })).toBe("héllo");
  await expect(readInput(file, { maxBytes: 5 })).rejects.toMatchObject({
    code: "input_too_long",
    message: `${file}: expected at most 5 bytes, got 6`,
  });
  await writeFile(file, new Uint8Array([0xff]));
  expect([...(await readInputBytes(file))]).toEqual([0xff]);
  await expect(readInput(file)).rejects.toMatchObject({ code: "bad_text_file" });
  await expect(readInput(folder)).rejects.toMatchObject({ message: `${folder}: expected a file, got a folder` });
});

withPipes("a pipe is read to the end of whoever writes into it, also when that begins later", async () => {
  const path = makePipe();
  const text = "0123456789".repeat(30_000);
  const [read] = await Promise.all([
    readInput(path),
    (async () => {
      const writer = await open(path, "w");
      await writer.writeFile(text);
      await writer.close();
    })(),
  ]);
  expect(read).toBe(text);
});

withPipes("a pipe into which nobody writes can be left, and one that never ends is read up to the limit", async () => {
  const path = makePipe();
  const abort = new AbortController();
  const reading = readInput(path, { signal: abort.signal });
  const stopped = new DOMException("stopped", "AbortError");
  setImmediate(() => abort.abort(stopped));
  await expect(reading).rejects.toBe(stopped);
  const both = Promise.all([readInput(path, { maxBytes: 1000 }), open(path, "w").then(endless)]);
  await expect(both).rejects.toMatchObject({ code: "input_too_long" });
});

/** Writes until the reader goes away. */
async function endless(writer: Awaited<ReturnType<typeof open>>): Promise<void> {
  try {
    for (;;) await writer.write("x".repeat(1000));
  } catch (error) {
    expect(error).toMatchObject({ code: "EPIPE" });
  } finally {
    await writer.close();
  }
}
