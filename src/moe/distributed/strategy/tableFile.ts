/**
 * The chooser's table as a file. It holds numbers only, and nothing in it is ever executed. Canonical msgpack:
 *
 *   [format, SHA-256 of the body, body]          body, encoded on its own: [strategies, states, choices, values, visits]
 *
 * The file replaces its predecessor in one step, or not at all.
 */
import { open } from "node:fs/promises";
import { bytesEqual } from "../../../core/bytes.ts";
import { decodeCanonical, encodeCanonical, type WireValue } from "../../../core/codec.ts";
import { writeFileDurably } from "../../../core/durableFile.ts";
import { errorCode, errorMessage } from "../../../core/errors.ts";
import { sha256 } from "../../../core/hash.ts";
import { STRATEGIES } from "../breakdown/plan.ts";
import { distributedError } from "../errors.ts";
import { type ChooserOptions, StrategyChooser } from "./chooser.ts";
import { MAX_VALUE, QTable } from "./qTable.ts";
import { STATES } from "./state.ts";

const FORMAT = "ai-block-strategy-table-1";
/** Nine bytes for each number, and room for the rest. */
export const MAX_TABLE_BYTES = 18 * STATES * STRATEGIES.length + 1024;
const LIMITS = { maxBytes: MAX_TABLE_BYTES, maxDepth: 2, maxItems: 2 * STATES * STRATEGIES.length + 64 };

/** Throws what the file system throws; an older file is then as it was. */
export async function saveChooser(path: string, chooser: StrategyChooser): Promise<void> {
  const { values, visits } = chooser.table;
  // Minus zero has no canonical form.
  const numbers = Array.from(values, (value) => value + 0);
  const body = encodeCanonical([[...STRATEGIES], STATES, chooser.choices, numbers, [...visits]]);
  await writeFileDurably(path, encodeCanonical([FORMAT, sha256(body), body]));
}

/**
 * A chooser that goes on where the saved one was; a new one when there is no file.
 * Throws `strategy_table_too_large` before reading, `strategy_table_invalid`, `distributed_option_invalid`.
 */
export async function loadChooser(path: string, options: ChooserOptions): Promise<StrategyChooser> {
  const bytes = await readBounded(path);
  if (bytes === undefined) return new StrategyChooser(options);
  try {
    const { table, choices } = parseTable(bytes);
    return new StrategyChooser(options, table, choices);
  } catch (cause) {
    if (errorCode(cause) !== "bad_encoding") throw cause;
    throw invalid(`${path}: ${errorMessage(cause)}`, cause);
  }
}

/** Throws `strategy_table_invalid`, and `bad_encoding` for what is not canonical msgpack. */
function parseTable(bytes: Uint8Array): { readonly table: QTable; readonly choices: number } {
  const [format, hash, body, ...more] = listOf(decodeCanonical(bytes, LIMITS), "file");
  if (format !== FORMAT || more.length > 0) throw invalid(`file: expected ${FORMAT}, got another format`);
  if (!(body instanceof Uint8Array) || !(hash instanceof Uint8Array) || !bytesEqual(hash, sha256(body))) {
    throw invalid("file: the table does not have the hash that stands beside it");
  }
  const [strategies, states, choices, values, visits, ...rest] = listOf(decodeCanonical(body, LIMITS), "body");
  const same = listOf(strategies, "strategies").join() === STRATEGIES.join();
  if (!same || states !== STATES || rest.length > 0) throw invalid("body: it belongs to other states or strategies");
  if (!isCount(choices)) throw invalid("choices: expected a non-negative integer");
  const table = new QTable();
  // A table with larger values was not made by the update rule.
  fill(table.values, values, "values", (value) => Math.abs(value) <= MAX_VALUE);
  fill(table.visits, visits, "visits", isCount);
  return { table, choices };
}

function fill(
  target: Float64Array,
  list: WireValue | undefined,
  name: string,
  isValid: (value: number) => boolean,
): void {
  const values = listOf(list, name);
  if (values.length !== target.length) {
    throw invalid(`${name}: expected ${target.length} numbers, got ${values.length}`);
  }
  for (const [i, value] of values.entries()) {
    if (typeof value !== "number" || !isValid(value)) throw invalid(`${name}: entry ${i} is out of range`);
    target[i] = value;
  }
}

function listOf(value: WireValue | undefined, name: string): readonly WireValue[] {
  if (Array.isArray(value)) return value;
  throw invalid(`${name}: expected a list`);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function invalid(reason: string, cause?: unknown) {
  const options = cause === undefined ? {} : { cause };
  return distributedError("strategy_table_invalid", `strategy table: ${reason}`, {}, options);
}

/** `undefined` when there is no file. A file that grows while it is read is refused as well. */
async function readBounded(path: string): Promise<Uint8Array | undefined> {
  const handle = await open(path, "r").catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const buffer = new Uint8Array(MAX_TABLE_BYTES + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
      if (bytesRead === 0) return buffer.slice(0, length);
      length += bytesRead;
    }
    const text = `${path}: expected at most ${MAX_TABLE_BYTES} bytes, got more`;
    throw distributedError("strategy_table_too_large", text, { path, maxBytes: MAX_TABLE_BYTES });
  } finally {
    await handle.close();
  }
}
