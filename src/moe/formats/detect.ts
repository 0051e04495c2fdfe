/**
 * What a weights file is, by its first bytes; its name only decides where the bytes do not.
 */

import type { ByteSource } from "./byteSource.ts";
import { formatError } from "./errors.ts";

export type WeightsFormat = "safetensors" | "torch" | "gguf";

const PROBE_BYTES = 16;
const EXTENSIONS: ReadonlyMap<string, WeightsFormat> = new Map([
  ["safetensors", "safetensors"],
  ["bin", "torch"],
  ["pt", "torch"],
  ["pth", "torch"],
  ["gguf", "gguf"],
]);

/** The format that a file name promises. */
export function formatOfName(name: string): WeightsFormat | undefined {
  return EXTENSIONS.get(name.slice(name.lastIndexOf(".") + 1).toLowerCase());
}

/** Throws `format_unknown`, and `file_is_lfs_pointer` for what Git LFS leaves in place of a file. */
export async function detectWeights(source: ByteSource, signal?: AbortSignal): Promise<WeightsFormat> {
  const probe = await source.read(0, Math.min(PROBE_BYTES, source.byteLength), signal);
  const text = Buffer.from(probe).toString("latin1");
  if (text.startsWith("version https://".slice(0, PROBE_BYTES))) {
    throw formatError(
      "file_is_lfs_pointer",
      `${source.name}: is a Git LFS pointer, not the weights; run "git lfs pull"`,
    );
  }
  if (text.startsWith("GGUF")) return "gguf";
  if (text.startsWith("PK\x03\x04")) return "torch";
  if (text.charAt(8) === "{") return "safetensors";
  if (text.charCodeAt(0) === 0x80) {
    throw formatError(
      "format_unknown",
      `${source.name}: is a bare pickle (torch.save before PyTorch 1.6); save it again with a current version`,
    );
  }
  const promised = formatOfName(source.name);
  if (promised !== undefined) return promised;
  throw formatError("format_unknown", `${source.name}: expected safetensors, a torch.save file or GGUF`);
}
