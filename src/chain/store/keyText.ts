/** Keys of rows as texts, for maps: one character a byte. Made once for each look-up and handed down. */

export type KeyText = string;

export function textOfKey(key: Uint8Array): KeyText {
  return (Buffer.isBuffer(key) ? key : Buffer.from(key.buffer, key.byteOffset, key.byteLength)).toString("latin1");
}
