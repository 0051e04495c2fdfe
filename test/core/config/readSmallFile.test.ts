import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSmallFile } from "../../../src/core/config/readSmallFile.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ai-block-small-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a file is read up to the limit and not beyond it; an empty one is empty", async () => {
  const file = join(folder, "file");
  await writeFile(file, "héllo");
  expect(readSmallFile(file, 6)).toBe("héllo");
  expect(() => readSmallFile(file, 5)).toThrow("expected at most 5 bytes, got 6");
  await writeFile(file, "");
  expect(readSmallFile(file, 5)).toBe("");
  expect(() => readSmallFile(folder, 5)).toThrow(expect.objectContaining({ code: "EISDIR" }));
  expect(() => readSmallFile(join(folder, "none"), 5)).toThrow(expect.objectContaining({ code: "ENOENT" }));
});

const onLinux = process.platform === "linux" ? test : test.skip;

onLinux("a device without an end, and a pipe into which nobody writes, are refused in time", () => {
  expect(() => readSmallFile("/dev/zero", 1000)).toThrow("expected at most 1000 bytes, got more");
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  expect(() => readSmallFile(pipe, 1000, 50)).toThrow("expected somebody who writes into it, got nobody");
});

onLinux("a pipe is read to its end, also when it comes late and in pieces", async () => {
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const writer = spawn("sh", ["-c", `sleep 0.1; { printf open; sleep 0.1; printf sesame; } > "${pipe}"`]);
  const ended = new Promise((resolve) => writer.once("exit", resolve));
  expect(readSmallFile(pipe, 10)).toBe("opensesame");
  expect(await ended).toBe(0);
});
