/**
 * The headers of a store, read without trusting anything else in it: each must have the id under which it stands.
 */
import { bytesEqual } from "../../core/bytes.ts";
import { errorMessage } from "../../core/errors.ts";
import { type Block, openBlock } from "../block/block.ts";
import { idOfKey } from "../store/blockRows.ts";
import type { Database } from "../store/database.ts";
import { keyOf } from "../store/keySpaces.ts";
import { openRow, withoutChecksum } from "../store/row.ts";
import { blockFinding, type OnFinding } from "./finding.ts";

/** All readable blocks, in the order of their ids. What cannot be read is reported. */
export async function* storedBlocks(database: Database, onFinding: OnFinding): AsyncGenerator<Block> {
  for await (const [key, row] of database.scanRaw(keyOf("header"))) {
    const id = idOfKey(key);
    try {
      openRow(key, row);
    } catch {
      onFinding(blockFinding("row_corrupt", id, "the stored row does not match its checksum"));
    }
    // A row that fails its checksum may still hold a good block: its hash and its signature decide.
    const block = read(withoutChecksum(row));
    if (typeof block === "string") onFinding(blockFinding("wrong_hash", id, `the header cannot be read: ${block}`));
    else if (!bytesEqual(block.id, id)) {
      onFinding(blockFinding("wrong_hash", id, `the stored header has the id ${block.idHex}`));
    } else yield block;
  }
}

function read(sealed: Uint8Array): Block | string {
  try {
    return openBlock(sealed);
  } catch (error) {
    return errorMessage(error);
  }
}
