// State root: SHA-256 of the canonical msgpack of ["ai-block/state/1", model, [[slot, head]…]], slots in ascending order
// (docs/state-root.md).
// @ts-check
import { sha256 } from "/vendor/noble-hashes/sha2.js";
import { toHex } from "./verifyBlock.js";

/** 64 hex digits. @param {string} model @param {readonly (readonly [string, string])[]} heads slot and block, in any order */
export function stateRootOf(model, heads) {
  const sorted = [...heads].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const pairs = sorted.flatMap(([slot, head]) => [0x92, ...text(slot), ...bytes(head)]);
  return toHex(
    sha256(
      Uint8Array.from([0x93, ...text("ai-block/state/1"), ...bytes(model), ...arrayHead(sorted.length), ...pairs]),
    ),
  );
}

/** @param {string} value at most 255 bytes */
function text(value) {
  const utf8 = new TextEncoder().encode(value);
  return utf8.length < 32 ? [0xa0 + utf8.length, ...utf8] : [0xd9, utf8.length, ...utf8];
}

/** @param {string} hex of 32 bytes */
function bytes(hex) {
  const pairs = hex.match(/../g) ?? [];
  return [0xc4, pairs.length, ...pairs.map((pair) => Number.parseInt(pair, 16))];
}

/** @param {number} length below 2^16, as the limit of slots is */
function arrayHead(length) {
  return length < 16 ? [0x90 + length] : [0xdc, length >> 8, length & 0xff];
}
