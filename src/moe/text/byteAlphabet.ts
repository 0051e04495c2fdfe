/**
 * The byte alphabet of byte-level BPE (GPT-2): one printable character for each byte. Printable Latin-1 characters
 * stand for themselves; the other 68 bytes, in ascending order, are the characters from U+0100.
 */

function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

/** The character of each byte: 256 one-character strings. */
export const BYTE_TO_CHAR: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
})();

/** The byte of each character code below 0x144, or -1. */
const CODE_TO_BYTE = (() => {
  const table = new Int16Array(0x144).fill(-1);
  for (const [byte, char] of BYTE_TO_CHAR.entries()) table[char.charCodeAt(0)] = byte;
  return table;
})();

/** The text's UTF-8 bytes in the alphabet. */
export function toByteChars(text: string): string {
  let out = "";
  for (const byte of Buffer.from(text, "utf8")) out += BYTE_TO_CHAR[byte];
  return out;
}

/** The bytes that a token stands for, or `undefined` when it holds a character outside the alphabet. */
export function fromByteChars(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const code = token.charCodeAt(i);
    const byte = code < CODE_TO_BYTE.length ? (CODE_TO_BYTE[code] as number) : -1;
    if (byte < 0) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
