/**
 * The offline audit behind `ai-block chain verify`. It trusts nothing but hashes and signatures: it reads every header,
 * rebuilds every index from them in a temporary folder, compares row by row, and reads every payload.
 *
 * Nothing in the store is changed; the database is locked while the audit runs.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { hashFromHex } from "../../core/bytes.ts";
import { temporaryPath } from "../../core/durableFile.ts";
import { errorCode, errorMessage } from "../../core/errors.ts";
import { PayloadStore } from "../payload/payloadStore.ts";
import { INDEX, PAYLOADS, requireChain, sweepTemporary } from "../store/chainFolder.ts";
import { Database } from "../store/database.ts";
import { findDamagedTables } from "../store/leveldb/checkFiles.ts";
import { requireUnlocked } from "../store/openLevel.ts";
import { compareRows } from "./compareRows.ts";
import { findCycles } from "./findCycles.ts";
import type { Finding, OnFinding } from "./finding.ts";
import { replay } from "./replay.ts";
import { salvage } from "./salvage.ts";

export interface AuditOptions {
  readonly signal?: AbortSignal;
  /** Default true: read and hash every payload. */
  readonly payloads?: boolean;
  readonly onProgress?: (stage: AuditStage, done: number, total: number) => void;
  /** Told of each finding as it is made. */
  readonly onFinding?: OnFinding;
}

export type AuditStage = "blocks" | "indexes" | "payloads";

export interface AuditReport {
  readonly blocks: number;
  readonly payloads: number;
  readonly findings: readonly Finding[];
}

/** A store may be damaged everywhere: this many findings are kept, all are counted by `onFinding`. */
const MAX_FINDINGS = 10_000;

/** Throws `store_missing`, `store_locked`, `store_newer`, or `store_corrupt` when LevelDB cannot open its files. */
export async function auditChain(folder: string, options: AuditOptions = {}): Promise<AuditReport> {
  const findings: Finding[] = [];
  const onFinding: OnFinding = (finding) => {
    if (findings.length < MAX_FINDINGS) findings.push(finding);
    options.onFinding?.(finding);
  };
  const index = join(folder, INDEX);
  await requireChain(folder);
  await requireUnlocked(index);
  await sweepTemporary(folder);
  const areFilesSound = await auditFiles(index, onFinding, options);
  const [copy, scratch] = [temporaryPath(folder), temporaryPath(folder)];
  // Damaged tables are not for LevelDB, which may abort the process: what is intact is taken from them.
  const stored = areFilesSound ? await Database.open(index) : await salvage(index, copy, options.signal);
  try {
    const payloads = await PayloadStore.open(join(folder, PAYLOADS), 0);
    const rebuilt = await Database.open(scratch);
    let blocks: number;
    try {
      blocks = await auditBlocks(stored, rebuilt, payloads, onFinding, options);
      if (areFilesSound) await auditIndexes(stored, rebuilt, onFinding, options);
    } finally {
      await rebuilt.close();
    }
    const checked = options.payloads === false ? 0 : await auditPayloads(payloads, onFinding, options);
    return { blocks, payloads: checked, findings };
  } finally {
    await stored.close();
    for (const temporary of [copy, scratch]) await rm(temporary, { recursive: true, force: true });
  }
}

/** Whether the tables that LevelDB wrote are as it wrote them. */
async function auditFiles(index: string, onFinding: OnFinding, { signal }: AuditOptions): Promise<boolean> {
  const damaged = await findDamagedTables(index, signal);
  for (const { name, offset } of damaged) {
    onFinding({
      code: "file_corrupt",
      message: `index/${name}: the block at byte ${offset} does not match its checksum`,
    });
  }
  return damaged.length === 0;
}

function auditBlocks(
  stored: Database,
  rebuilt: Database,
  payloads: PayloadStore,
  onFinding: OnFinding,
  { signal, onProgress }: AuditOptions,
): Promise<number> {
  return replay(stored, rebuilt, payloads, onFinding, {
    ...(signal && { signal }),
    onProgress: (done, total) => onProgress?.("blocks", done, total),
  });
}

async function auditIndexes(
  stored: Database,
  rebuilt: Database,
  onFinding: OnFinding,
  { signal, onProgress }: AuditOptions,
): Promise<void> {
  onProgress?.("indexes", 0, 1);
  await findCycles(stored, onFinding, signal);
  await compareRows(stored, rebuilt, onFinding, signal);
  onProgress?.("indexes", 1, 1);
}

/** Reads every payload; returns how many there are. */
export async function auditPayloads(
  payloads: PayloadStore,
  onFinding: OnFinding,
  { signal, onProgress }: AuditOptions = {},
): Promise<number> {
  const roots: string[] = [];
  for await (const rootHex of payloads.roots()) roots.push(rootHex);
  for (const [i, rootHex] of roots.entries()) {
    signal?.throwIfAborted();
    try {
      const reader = await payloads.open(hashFromHex(rootHex));
      try {
        for await (const _piece of reader.pieces(signal)) signal?.throwIfAborted();
      } finally {
        await reader.close();
      }
    } catch (error) {
      const code = errorCode(error);
      if (code !== "payload_corrupt" && code !== "payload_missing") throw error;
      onFinding({ code: "payload_corrupt", rootHex, message: errorMessage(error) });
    }
    onProgress?.("payloads", i + 1, roots.length);
  }
  return roots.length;
}
