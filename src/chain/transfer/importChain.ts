/**
 * Reads an export file into a chain. The file is not trusted: every block and payload is checked as if a stranger had
 * sent it, and what has passed before an error stays.
 */
import { bytesEqual, HASH_BYTES, readU64, toHex } from "../../core/bytes.ts";
import { AiBlockError, errorCode, errorMessage } from "../../core/errors.ts";
import { inputPieces } from "../../core/inputPieces.ts";
import { MAX_SEALED_BYTES } from "../block/block.ts";
import type { Chain } from "../chain.ts";
import { MAX_PAYLOAD_BYTES } from "../limits.ts";
import type { Verdict } from "../verdict.ts";
import { BLOCK_FRAME, END_FRAME, EXPORT_MAGIC, EXPORT_VERSION, PAYLOAD_FRAME } from "./exportFormat.ts";
import { ExportReader } from "./exportReader.ts";

export interface ImportOptions {
  readonly signal?: AbortSignal;
  /** How long a pipe may have nobody who writes into it. Default: as `inputPieces` has it. */
  readonly pipeWaitMs?: number;
  readonly onProgress?: (blocks: number) => void;
  /** Told of each block that was neither stored nor known already. */
  readonly onRefused?: (verdict: Exclude<Verdict, { kind: "accept" }>) => void;
}

export interface ImportReport {
  readonly accepted: number;
  readonly known: number;
  readonly refused: number;
  readonly payloads: number;
}

const BATCH = 1000;

/**
 * Throws `bad_export` when the file is none, is damaged or was cut off; `disk_full`; and as `inputPieces` does.
 */
export async function importChain(chain: Chain, path: string, options: ImportOptions = {}): Promise<ImportReport> {
  const { signal, pipeWaitMs } = options;
  const pieces = inputPieces(path, { signal, ...(pipeWaitMs !== undefined && { pipeWaitMs }) });
  try {
    return await new Importer(chain, new ExportReader(pieces), options).run();
  } catch (error) {
    const code = errorCode(error);
    // Lengths and payloads that cannot be right: the file is damaged.
    if (code !== "bad_integer" && code !== "payload_root_mismatch") throw error;
    throw badExport(errorMessage(error));
  } finally {
    await pieces.return();
  }
}

class Importer {
  readonly #chain: Chain;
  readonly #reader: ExportReader;
  readonly #options: ImportOptions;
  readonly #counts = { accepted: 0, known: 0, refused: 0, payloads: 0 };
  #batch: Uint8Array[] = [];
  #blocks = 0;

  constructor(chain: Chain, reader: ExportReader, options: ImportOptions) {
    this.#chain = chain;
    this.#reader = reader;
    this.#options = options;
  }

  async run(): Promise<ImportReport> {
    await this.#readStart();
    for (;;) {
      this.#options.signal?.throwIfAborted();
      const [frame] = await this.#reader.read(1);
      if (frame === BLOCK_FRAME) await this.#readBlock();
      else if (frame === PAYLOAD_FRAME) await this.#readPayload();
      else if (frame === END_FRAME) return this.#readEnd();
      else throw badExport(`an unknown frame ${frame}`);
    }
  }

  async #readStart(): Promise<void> {
    const magic = await this.#reader.read(EXPORT_MAGIC.length);
    if (!bytesEqual(magic, EXPORT_MAGIC)) throw badExport("no export of a chain");
    const [version] = await this.#reader.read(1);
    if (version !== EXPORT_VERSION) throw badExport(`format ${version}, this program reads ${EXPORT_VERSION}`);
  }

  async #readBlock(): Promise<void> {
    const head = await this.#reader.read(4);
    const length = new DataView(head.buffer, head.byteOffset, 4).getUint32(0);
    if (length > MAX_SEALED_BYTES) throw badExport(`a block of ${length} bytes`);
    this.#batch.push(await this.#reader.read(length));
    this.#blocks += 1;
    if (this.#batch.length === BATCH) await this.#flush();
  }

  async #readPayload(): Promise<void> {
    // Blocks read so far do not need this payload, and memory stays bounded.
    await this.#flush();
    const root = await this.#reader.read(HASH_BYTES);
    const length = readU64(await this.#reader.read(8));
    if (length > MAX_PAYLOAD_BYTES) throw badExport(`a payload of ${length} bytes`);
    const { signal } = this.#options;
    const options = { expectedRoot: root, expectedBytes: length, ...(signal && { signal }) };
    await this.#chain.payloads.put(this.#reader.pieces(length), options);
    this.#counts.payloads += 1;
  }

  async #readEnd(): Promise<ImportReport> {
    const counts = await this.#reader.read(16);
    const expected = this.#reader.digest();
    const stored = await this.#reader.read(HASH_BYTES);
    await this.#flush();
    if (!bytesEqual(stored, expected)) {
      throw badExport(`a wrong checksum: expected ${toHex(expected)}, got ${toHex(stored)}`);
    }
    if (readU64(counts) !== this.#blocks || readU64(counts, 8) !== this.#counts.payloads) {
      throw badExport(`${readU64(counts)} blocks announced, ${this.#blocks} present`);
    }
    if (!(await this.#reader.isAtEnd())) throw badExport("more behind its last frame");
    return this.#counts;
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    for (const verdict of await this.#chain.add(batch)) {
      if (verdict.kind === "accept") this.#counts.accepted += 1;
      else if (verdict.code === "already_known") this.#counts.known += 1;
      else {
        this.#counts.refused += 1;
        this.#options.onRefused?.(verdict);
      }
    }
    this.#options.onProgress?.(this.#blocks);
  }
}

function badExport(got: string): AiBlockError {
  return new AiBlockError("bad_export", `file: expected an export of a chain, got ${got}`);
}
