/**
 * Cuts added tokens out of a text: the leftmost match, and the longest one there.
 *
 * Invariant: the pieces, with the white space that a token swallowed, add up to the text. White space and word
 * characters are Unicode's, as in the reference library; JavaScript's `trim` differs in U+FEFF and U+0085.
 */
import type { AddedToken } from "./addedTokens.ts";

export type TextPiece =
  | { readonly token: AddedToken }
  /** `start`: offset in the text, in UTF-16 code units. */
  | { readonly text: string; readonly start: number };

interface Node {
  readonly next: Map<string, Node>;
  token: AddedToken | undefined;
}

const SPACE_AT_START = /^\p{White_Space}+/u;
const SPACE_AT_END = /\p{White_Space}$/u;
const WORD_AT_START = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const WORD_AT_END = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;

/** `contents`: what each token is matched as (its text, or its normalized text). Empty contents never match. */
export function createAddedTokenSplitter(
  contents: Iterable<readonly [content: string, token: AddedToken]>,
): (text: string) => TextPiece[] {
  const root: Node = { next: new Map(), token: undefined };
  for (const [content, token] of contents) {
    let node = root;
    for (let i = 0; i < content.length; i++) node = child(node, content.charAt(i));
    if (node !== root) node.token = token;
  }

  const longestAt = (text: string, start: number): { token: AddedToken; end: number } | undefined => {
    let node: Node | undefined = root;
    let found: { token: AddedToken; end: number } | undefined;
    for (let end = start; end < text.length; end++) {
      node = node.next.get(text.charAt(end));
      if (node === undefined) break;
      if (node.token !== undefined) found = { token: node.token, end: end + 1 };
    }
    return found;
  };

  return (text) => {
    const pieces: TextPiece[] = [];
    let done = 0;
    for (let at = 0; at < text.length; ) {
      const match = longestAt(text, at);
      if (match === undefined) {
        at += 1;
        continue;
      }
      if (match.token.singleWord && !standsAlone(text, at, match.end)) {
        at = match.end;
        continue;
      }
      let [start, end] = [at, match.end];
      if (match.token.lstrip) while (start > done && SPACE_AT_END.test(text.charAt(start - 1))) start -= 1;
      if (match.token.rstrip) end += SPACE_AT_START.exec(text.slice(end))?.[0].length ?? 0;
      if (start > done) pieces.push({ text: text.slice(done, start), start: done });
      pieces.push({ token: match.token });
      done = end;
      at = end;
    }
    if (done < text.length) pieces.push({ text: text.slice(done), start: done });
    return pieces;
  };
}

function standsAlone(text: string, start: number, end: number): boolean {
  return !WORD_AT_END.test(text.slice(Math.max(0, start - 2), start)) && !WORD_AT_START.test(text.slice(end, end + 2));
}

function child(node: Node, char: string): Node {
  const found = node.next.get(char);
  if (found !== undefined) return found;
  const created: Node = { next: new Map(), token: undefined };
  node.next.set(char, created);
  return created;
}
