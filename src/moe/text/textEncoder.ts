/** Text to ids: added tokens are cut out, what is left is normalized, cut into words and merged. */

import { createAddedTokenSplitter } from "./addedTokenSplitter.ts";
import type { AddedToken } from "./addedTokens.ts";
import type { WordEncoder } from "./libraryTokenizer.ts";

/** `parseAddedTokens` false: texts such as `<|im_end|>` are encoded like any other. */
export type TextEncoding = (text: string, parseAddedTokens: boolean) => number[];

export function createTextEncoding(words: WordEncoder, added: Iterable<AddedToken>): TextEncoding {
  const all = [...added];
  const splitRaw = createAddedTokenSplitter(all.filter((t) => !t.normalized).map((t) => [t.content, t]));
  const splitNormalized = createAddedTokenSplitter(
    all.filter((t) => t.normalized).map((t) => [words.normalize(t.content), t]),
  );
  return (text, parseAddedTokens) => {
    const ids: number[] = [];
    for (const piece of parseAddedTokens ? splitRaw(text) : [{ text, start: 0 }]) {
      if ("token" in piece) {
        ids.push(piece.token.id);
        continue;
      }
      if (piece.text === "") continue;
      const normalized = words.normalize(piece.text);
      for (const part of parseAddedTokens ? splitNormalized(normalized) : [{ text: normalized, start: 0 }]) {
        if ("token" in part) ids.push(part.token.id);
        else for (const id of words.encode(part.text, piece.start === 0 && part.start === 0)) ids.push(id);
      }
    }
    return ids;
  };
}
