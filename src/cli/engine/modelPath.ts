/** The path of a model as the user wrote it, before anything is read: the readers know only its last part. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { AiBlockError, errorCode } from "../../core/errors.ts";

/** The absolute path. Throws `file_missing` with `path` as it was written; other trouble is the readers' to tell. */
export async function modelPath(path: string): Promise<string> {
  const absolute = resolve(path);
  await stat(absolute).catch((cause: unknown) => {
    const code = errorCode(cause);
    if (code !== "ENOENT" && code !== "ENOTDIR") return;
    throw new AiBlockError("file_missing", `${path}: no such file or folder`, { path }, { cause });
  });
  return absolute;
}
