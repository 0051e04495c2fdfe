/**
 * SentencePiece scores as BPE merges.
 *
 * SentencePiece joins the neighbours whose joint piece has the highest score; BPE joins by rank in a list. The list of
 * all ways to put a piece together from two others, best score first, gives the same ids.
 */

/** Longer pieces get no merges: SentencePiece's own limit is 16 characters, and the work grows with the square. */
const MAX_PIECE_CHARS = 256;

interface Merge {
  readonly left: string;
  readonly right: string;
  readonly score: number;
}

/** `pieces`: piece to id; `scores` by id. */
export function spmMerges(
  pieces: ReadonlyMap<string, number>,
  scores: readonly number[],
): (readonly [left: string, right: string])[] {
  const merges: Merge[] = [];
  for (const [piece, id] of pieces) {
    if (piece.length > MAX_PIECE_CHARS) continue;
    const characters = Array.from(piece);
    const halves: { left: string; right: string; leftId: number; rightId: number }[] = [];
    let left = "";
    for (const character of characters.slice(0, -1)) {
      left += character;
      const right = piece.slice(left.length);
      const leftId = pieces.get(left);
      const rightId = pieces.get(right);
      if (leftId !== undefined && rightId !== undefined) halves.push({ left, right, leftId, rightId });
    }
    halves.sort((a, b) => a.leftId - b.leftId || a.rightId - b.rightId);
    for (const half of halves) merges.push({ left: half.left, right: half.right, score: scores[id] as number });
  }
  // The sort is stable: among equal scores the order of ids stays.
  return merges.sort((a, b) => b.score - a.score).map(({ left, right }) => [left, right] as const);
}
