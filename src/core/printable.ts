/** Text from others, made fit for a terminal. */

/** `text` with control characters and the characters that reorder text shown escaped: it cannot move the cursor. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
