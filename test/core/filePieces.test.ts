import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { filePieces } from "../../src/core/filePieces.ts";
import { withTemporaryFolder } from "./temporaryFolder.ts";

test("the pieces are the file's bytes, in order, none above 1 MiB", async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, "file");
    for (const bytes of [0, 1, 2 ** 20, 2 ** 21 + 3]) {
      const written = randomBytes(bytes);
      await writeFile(path, written);
      const pieces = await Array.fromAsync(filePieces(path));
      expect(Buffer.concat(pieces).equals(written)).toBe(true);
      for (const { length } of pieces) expect(length).toBeLessThanOrEqual(2 ** 20);
    }
  });
});

test("a file that is missing is an error for who reads, when he reads, and for nobody else", async () => {
  await withTemporaryFolder(async (folder) => {
    const pieces = filePieces(join(folder, "missing"));
    // Time in which a stream would have failed with nobody listening, which ends the process.
    for (let turn = 0; turn < 3; turn++) await writeFile(join(folder, "other"), "");
    await expect(pieces.next()).rejects.toMatchObject({ code: "ENOENT" });
    const unread = filePieces(join(folder, "missing"));
    await unread.return();
  });
});
