import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "../../src/core/makeFolder.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ai-block-folder-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a folder is made with those above it, also by many at once, and one that is there is fine", async () => {
  const deep = join(folder, "a", "b", "c");
  await Promise.all([makeFolder(deep), makeFolder(deep), makeFolder(join(folder, "a", "b", "d"))]);
  await makeFolder(deep);
  expect((await stat(deep)).isDirectory()).toBe(true);
});

test("a file in the way is told by its path, and nothing is made", async () => {
  const file = join(folder, "file");
  await writeFile(file, "");
  await expect(makeFolder(file)).rejects.toMatchObject({ code: "ENOTDIR", path: file });
  await expect(makeFolder(join(file, "below"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

const onLinux = process.platform === "linux" ? test : test.skip;

onLinux("where the system has no folders to make it ends with an error", async () => {
  await expect(makeFolder("/proc/ai-block/data")).rejects.toMatchObject({ code: expect.stringMatching(/^E/) });
});
