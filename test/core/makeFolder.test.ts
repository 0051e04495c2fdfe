import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SmallDisk } from "../../scripts/support/smallDisk.ts";
import { makeFolder, makeFolderSync } from "../../src/core/makeFolder.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ai-block-folder-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a folder is made with those above it, also by many at once, and one that is there is fine", async () => {
  const deep = join(folder, "a", "b", "c");
  await Promise.all([makeFolder(deep), makeFolder(deep), makeFolder(join(folder, "a", "b", "d"))]);
  expect((await stat(deep)).isDirectory()).toBe(true);
  expect([await makeFolder(deep), await makeFolder(join(deep, "e"))]).toEqual([false, true]);
  expect([makeFolderSync(join(deep, "f", "g")), makeFolderSync(join(deep, "f", "g"))]).toEqual([true, false]);
  expect((await stat(join(deep, "f", "g"))).isDirectory()).toBe(true);
});

test("a file in the way is told by its path, and nothing is made", async () => {
  const file = join(folder, "file");
  await writeFile(file, "");
  await expect(makeFolder(file)).rejects.toMatchObject({ code: "ENOTDIR", path: file });
  await expect(makeFolder(join(file, "below"))).rejects.toMatchObject({ code: "ENOTDIR" });
  expect(() => makeFolderSync(file)).toThrow(expect.objectContaining({ code: "ENOTDIR", path: file }));
  expect(() => makeFolderSync(join(file, "below"))).toThrow(expect.objectContaining({ code: "ENOTDIR" }));
});

const onLinux = process.platform === "linux" ? test : test.skip;

onLinux("where the system has no folders to make it ends with a sentence", async () => {
  const refused = {
    code: "folder_impossible",
    message: "/proc/ai-block: expected a place where folders can be made, /proc takes none",
  };
  await expect(makeFolder("/proc/ai-block/data")).rejects.toMatchObject(refused);
  expect(() => makeFolderSync("/proc/ai-block/data")).toThrow(expect.objectContaining(refused));
});

const disk = await SmallDisk.mount(2 ** 20);
afterAll(() => disk?.unmount());

(disk === undefined ? test.skip : test)("a read-only disk is called that, not a missing folder", async () => {
  const made = join(disk!.folder, "made");
  await makeFolder(made);
  await disk!.setReadOnly(true);
  for (const at of [join(made, "a"), join(made, "a", "b")]) {
    await expect(makeFolder(at)).rejects.toMatchObject({ code: "EROFS" });
    expect(() => makeFolderSync(at)).toThrow(expect.objectContaining({ code: "EROFS" }));
  }
  expect(await makeFolder(made)).toBe(false);
});
