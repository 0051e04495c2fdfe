/**
 * The name of a node in the network, made from its Ed25519 key as libp2p makes it: the identity multihash of the key's
 * protobuf, in base58. https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md
 */
import { concatBytes } from "../core/bytes.ts";

/** Identity multihash of 36 bytes; field 1 (key type) = Ed25519, field 2 (data) of 32 bytes. */
const PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);
const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** @param publicKey 32 bytes */
export function peerIdOf(publicKey: Uint8Array): string {
  return base58(concatBytes([PREFIX, publicKey]));
}

/** Big-endian number to base 58; each leading zero byte is a leading "1". */
function base58(bytes: Uint8Array): string {
  let value = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  let text = "";
  for (; value > 0n; value /= 58n) text = ALPHABET[Number(value % 58n)] + text;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return "1".repeat(zeros === -1 ? bytes.length : zeros) + text;
}
