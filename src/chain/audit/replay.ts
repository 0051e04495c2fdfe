/**
 * Rebuilds a chain's rows from its headers alone: every stored block passes every check again, signature included, and
 * is applied to an empty database. Audits compare the result with what is stored, repairs keep it.
 */
import { toHex } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { verifyMany } from "../../core/ed25519.ts";
import { AiBlockError } from "../../core/errors.ts";
import { type Block, openBlock, signedBytes } from "../block/block.ts";
import { decodeVersion } from "../model/headRecords.ts";
import { loadModelRules } from "../model/modelLoader.ts";
import type { ModelRules } from "../model/modelRules.ts";
import type { PayloadStore } from "../payload/payloadStore.ts";
import { readBlock } from "../store/blockRows.ts";
import type { Database } from "../store/database.ts";
import { keyOf } from "../store/keySpaces.ts";
import { withoutChecksum } from "../store/row.ts";
import { checkForm } from "../validation/form.ts";
import type { Verdict } from "../verdict.ts";
import { Writer } from "../writer.ts";
import { blockFinding, type OnFinding } from "./finding.ts";
import { idsByHeight } from "./idsByHeight.ts";
import { storedBlocks } from "./storedBlocks.ts";

export interface ReplayOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

const BATCH = 1000;
/** A stored block was not in the future when it came, whatever the clock says now. */
const NO_TIME_LIMIT: Clock = { nowMs: () => Number.MAX_SAFE_INTEGER, monotonicMs: () => performance.now() };

/** Fills `target` (empty) from the headers in `source`. Returns the number of blocks that passed. */
export async function replay(
  source: Database,
  target: Database,
  payloads: PayloadStore,
  onFinding: OnFinding,
  { signal, onProgress }: ReplayOptions = {},
): Promise<number> {
  const ids = await idsByHeight(storedBlocks(source, onFinding), signal);
  const rulesAtHand = new Map<string, ModelRules>();
  const writer = new Writer(
    target,
    NO_TIME_LIMIT,
    {
      rulesOf: (meta) => rulesAtHand.get(meta.idHex) as ModelRules,
      isAttested: () => false,
      onStored: () => undefined,
      receivedAtMs: (block) => receivedAtMs(source, block),
    },
    { enforceQuotas: false },
  );
  let passed = 0;
  for (let at = 0; at < ids.count; at += BATCH) {
    signal?.throwIfAborted();
    const blocks = await readBatch(source, ids.slice(at, at + BATCH), onFinding);
    const valid = await verifyMany(
      blocks.map(({ id, signature, header }) => ({ signature, message: signedBytes(id), publicKey: header.author })),
    );
    const sound: Block[] = [];
    for (const [i, block] of blocks.entries()) {
      if (valid[i] !== true) {
        onFinding(blockFinding("bad_signature", block.id, "the signature does not fit id and author"));
      } else if (block.header.type !== "meta" || (await takeRules(payloads, block, rulesAtHand, onFinding))) {
        sound.push(block);
      }
    }
    const verdicts = await Promise.all(sound.map((block) => checkForm(block) ?? writer.add(block)));
    verdicts.forEach((verdict, i) => {
      if (verdict.kind === "accept") passed += 1;
      else report(sound[i] as Block, verdict, onFinding);
    });
    if (writer.failure !== undefined) throw writer.failure;
    onProgress?.(Math.min(at + BATCH, ids.count), ids.count);
  }
  await writer.idle();
  return passed;
}

/** Blocks that were readable a moment ago, even if their rows fail their checksums. */
async function readBatch(source: Database, ids: readonly Uint8Array[], onFinding: OnFinding): Promise<Block[]> {
  const unchecked = { get: (key: Uint8Array) => source.getUnchecked(key) };
  return Promise.all(ids.map(async (id) => readBlock(unchecked, id) ?? (await readByScan(source, id, onFinding))));
}

/** LevelDB looks rows up through filters and indexes that have no checksum here; a scan goes past them. */
async function readByScan(source: Database, id: Uint8Array, onFinding: OnFinding): Promise<Block> {
  onFinding(blockFinding("row_corrupt", id, "the row is there, but a look-up does not find it"));
  for await (const [, row] of source.scanRaw(keyOf("header", id))) return openBlock(withoutChecksum(row));
  throw new AiBlockError("store_corrupt", `store: block ${toHex(id)} was read once and is not found again`);
}

async function takeRules(
  payloads: PayloadStore,
  meta: Block,
  rulesAtHand: Map<string, ModelRules>,
  onFinding: OnFinding,
): Promise<boolean> {
  const rules = await loadModelRules(payloads, meta);
  if (!("kind" in rules)) {
    rulesAtHand.set(meta.idHex, rules);
    return true;
  }
  const reason = "reason" in rules ? rules.reason : "";
  onFinding(blockFinding("manifest_missing", meta.id, `its manifest cannot be used: ${reason}`));
  return false;
}

function report(block: Block, verdict: Exclude<Verdict, { kind: "accept" }>, onFinding: OnFinding): void {
  const isHole = verdict.kind === "ignore" && (verdict.code === "unknown_parent" || verdict.code === "unknown_model");
  const missing = verdict.kind === "ignore" ? (verdict.missing ?? []).map(toHex).join(", ") : "";
  onFinding(
    isHole
      ? blockFinding("hole", block.id, `it builds on ${missing}, which is not in the store or did not pass`)
      : blockFinding("invalid_block", block.id, `${verdict.code}: ${verdict.reason}`),
  );
}

/** When the block came, as far as the old rows can tell. */
function receivedAtMs(source: Database, block: Block): number {
  try {
    const row = source.get(keyOf("versions", block.id));
    if (row !== undefined) return decodeVersion(row).receivedAtMs;
  } catch {
    // The row is damaged; the author's own time is the best that is left.
  }
  return block.header.timeMs;
}
