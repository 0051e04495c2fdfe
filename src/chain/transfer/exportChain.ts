/** Writes a range of a chain to a file, which appears under its name when it is complete. */
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { concatBytes, toHex, u64 } from "../../core/bytes.ts";
import { syncFolder, temporaryPath, writeFully } from "../../core/durableFile.ts";
import { createSha256, type Hasher } from "../../core/hash.ts";
import { type Block, sealBlock } from "../block/block.ts";
import type { Chain } from "../chain.ts";
import type { BlockFilter } from "../dag/dag.ts";
import { asDiskError } from "../store/diskSpace.ts";
import { BLOCK_FRAME, END_FRAME, EXPORT_MAGIC, EXPORT_VERSION, PAYLOAD_FRAME } from "./exportFormat.ts";

export interface ExportOptions {
  /** Default: all blocks. Parents outside the range are not added. */
  readonly range?: Pick<BlockFilter, "model" | "fromHeight" | "toHeight">;
  /** Default "manifests": without its manifest a model cannot be imported. "all" adds every payload stored here. */
  readonly payloads?: "manifests" | "all";
  readonly signal?: AbortSignal;
  readonly onProgress?: (blocks: number) => void;
}

export interface ExportReport {
  readonly blocks: number;
  readonly payloads: number;
  /** Stored here, named by the blocks, and not written because of `payloads: "manifests"`. */
  readonly payloadsLeftOut: number;
  readonly bytes: number;
}

/** Replaces an older file at `path`. Throws `payload_missing` without a manifest, `disk_full`, the signal's reason. */
export async function exportChain(chain: Chain, path: string, options: ExportOptions = {}): Promise<ExportReport> {
  const temporary = temporaryPath(dirname(path));
  const handle = await open(temporary, "wx");
  try {
    const writer = new FrameWriter(handle);
    try {
      await writeFrames(chain, writer, options);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
    return writer;
  } catch (error) {
    await rm(temporary, { force: true });
    throw asDiskError(error, path);
  }
}

async function writeFrames(chain: Chain, writer: FrameWriter, options: ExportOptions): Promise<void> {
  const { range = {}, signal, onProgress } = options;
  const all = options.payloads === "all";
  const seen = new Set<string>();
  await writer.write(EXPORT_MAGIC, Uint8Array.of(EXPORT_VERSION));
  for await (const block of chain.dag.blocks(range)) {
    signal?.throwIfAborted();
    for (const { root, isManifest } of await payloadsOf(chain, block)) {
      if (seen.has(toHex(root))) continue;
      seen.add(toHex(root));
      if (isManifest || all) await writePayload(chain, writer, root, signal);
      else writer.payloadsLeftOut += 1;
    }
    const sealed = sealBlock(block);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, sealed.length);
    await writer.write(Uint8Array.of(BLOCK_FRAME), length, sealed);
    writer.blocks += 1;
    if (writer.blocks % 1000 === 0) onProgress?.(writer.blocks);
  }
  await writer.finish();
}

interface WantedPayload {
  readonly root: Uint8Array;
  readonly isManifest: boolean;
}

/** What goes before `block`: its payload, and with a manifest its evaluation set. Only a manifest may be named and missing. */
async function payloadsOf(chain: Chain, { header, id }: Block): Promise<WantedPayload[]> {
  if (header.payload === null) return [];
  const isManifest = header.type === "meta";
  const named: WantedPayload[] = [{ root: header.payload.root, isManifest }];
  const evaluation = isManifest ? (await chain.manifest(id)).evaluation : null;
  if (evaluation !== null) named.push({ root: evaluation.root, isManifest: false });
  const present = await Promise.all(named.map(({ root }) => chain.payloads.has(root)));
  return named.filter(({ isManifest: needed }, i) => needed || present[i] === true);
}

async function writePayload(
  chain: Chain,
  writer: FrameWriter,
  root: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const reader = await chain.payloads.open(root);
  try {
    await writer.write(Uint8Array.of(PAYLOAD_FRAME), root, u64(reader.bytes));
    for await (const piece of reader.pieces(signal)) await writer.write(piece);
    writer.payloads += 1;
  } finally {
    await reader.close();
  }
}

class FrameWriter implements ExportReport {
  blocks = 0;
  payloads = 0;
  payloadsLeftOut = 0;
  bytes = 0;
  readonly #handle: FileHandle;
  readonly #hasher: Hasher = createSha256();

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(...parts: readonly Uint8Array[]): Promise<void> {
    const bytes = parts.length === 1 ? (parts[0] as Uint8Array) : concatBytes(parts);
    this.#hasher.update(bytes);
    this.bytes += bytes.length;
    await writeFully(this.#handle, bytes);
  }

  async finish(): Promise<void> {
    await this.write(Uint8Array.of(END_FRAME), u64(this.blocks), u64(this.payloads));
    const hash = this.#hasher.digest();
    await writeFully(this.#handle, hash);
    this.bytes += hash.length;
  }
}
