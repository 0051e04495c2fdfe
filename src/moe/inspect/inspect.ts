/** Identifies a model file or folder and says what running it needs. */
import { basename, resolve } from "node:path";
import type { OpenFileOptions } from "../formats/byteSource.ts";
import { analyse } from "./analyse.ts";
import { identify } from "./identify.ts";
import type { InspectReport } from "./report.ts";

/** Throws a `FormatErrorCode`: `file_missing`, `format_unknown`, or what is wrong with the file. */
export async function inspect(path: string, options: OpenFileOptions = {}): Promise<InspectReport> {
  const found = await identify(path, options);
  return { name: basename(resolve(path)), ...found, analysis: analyse(found) };
}
