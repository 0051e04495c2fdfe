import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { utf8 } from "../../src/core/bytes.ts";
import { createFileDurably, writeFileDurably } from "../../src/core/durableFile.ts";
import { withTemporaryFolder } from "./temporaryFolder.ts";

test("a written file has its bytes and mode, replaces an older one, and leaves no temporary file", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "file");
    await writeFileDurably(path, utf8("one"), 0o600);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await writeFileDurably(path, utf8("two"));
    expect(await readFile(path, "utf8")).toBe("two");
    expect(await readdir(folder)).toEqual(["file"]);
  }));

test("a large file arrives whole", () =>
  withTemporaryFolder(async (folder) => {
    const bytes = Buffer.alloc(5_000_001, "abc");
    await writeFileDurably(join(folder, "file"), bytes);
    expect((await readFile(join(folder, "file"))).equals(bytes)).toBe(true);
  }));

test.each([
  ["writeFileDurably", writeFileDurably],
  ["createFileDurably", createFileDurably],
])("when %s fails it leaves nothing behind", (_, write) =>
  withTemporaryFolder(async (folder) => {
    // A folder in the way makes the last step fail, after the temporary file was written.
    await mkdir(join(folder, "taken", "inner"), { recursive: true });
    await expect(write(join(folder, "taken"), utf8("x"))).rejects.toThrow();
    expect(await readdir(folder)).toEqual(["taken"]);
    await expect(write(join(folder, "missing", "file"), utf8("x"))).rejects.toThrow();
    expect(await readdir(folder)).toEqual(["taken"]);
  }),
);

test("createFileDurably never replaces: file, folder, or link to nowhere", () =>
  withTemporaryFolder(async (folder) => {
    await writeFile(join(folder, "file"), "old");
    await mkdir(join(folder, "folder"));
    await symlink(join(folder, "nowhere"), join(folder, "link"));
    for (const name of ["file", "folder", "link"]) {
      await expect(createFileDurably(join(folder, name), utf8("new"))).rejects.toMatchObject({ code: "file_exists" });
    }
    expect(await readFile(join(folder, "file"), "utf8")).toBe("old");
    expect((await readdir(folder)).sort()).toEqual(["file", "folder", "link"]);
  }));

test("of many createFileDurably at once exactly one wins, and its bytes stay", () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, "file");
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => createFileDurably(path, utf8(`${i}`))),
    );
    const winners = results.flatMap((result, i) => (result.status === "fulfilled" ? [i] : []));
    expect(winners.length).toBe(1);
    expect(await readFile(path, "utf8")).toBe(String(winners[0]));
    expect(await readdir(folder)).toEqual(["file"]);
  }));
