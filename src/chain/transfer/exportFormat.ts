/**
 * The export file: a range of a chain in one file, complete enough to be imported into an empty store.
 *
 *   "AIBLOCKX", format version u8
 *   frames: "P" root 32 | length u64 | the payload's bytes      (a payload stands before the block that names it)
 *           "B" length u32 | sealed block                       (ascending by height)
 *           "E" blocks u64 | payloads u64 | SHA-256 of everything before this hash
 *
 * All integers are big-endian. A file without its last frame was cut off.
 */
import { utf8 } from "../../core/bytes.ts";

export const EXPORT_MAGIC = utf8("AIBLOCKX");
export const EXPORT_VERSION = 1;
export const PAYLOAD_FRAME = 0x50;
export const BLOCK_FRAME = 0x42;
export const END_FRAME = 0x45;
