// What a person sees for a token. A token may be a part of a character: then the character stands with the token that
// completes it, and the parts before show their bytes.
// @ts-check

export class TokenTexts {
  #decoder = new TextDecoder("utf-8", { fatal: false });

  /** @param {unknown} bytes the token's own bytes */
  next(bytes) {
    if (!Array.isArray(bytes)) return "";
    const text = this.#decoder.decode(Uint8Array.from(bytes), { stream: true });
    return text === "" && bytes.length > 0 ? `⟨${bytes.map(hex).join(" ")}⟩` : text;
  }
}

/** @param {number} byte */
function hex(byte) {
  return byte.toString(16).padStart(2, "0");
}
