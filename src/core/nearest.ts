/** The nearest of some names to a mistyped one, for error messages. */

/** Longer texts are not compared: the cost is the product of the lengths. */
const MAX_CHARS = 64;

/**
 * The one of `candidates` that takes the fewest edits (insert, delete, replace, swap neighbours; case does not count) to
 * reach from `text`, or `undefined` when none is within a third of its length. The first of several wins.
 */
export function nearest(text: string, candidates: Iterable<string>): string | undefined {
  if (text.length > MAX_CHARS) return undefined;
  const wanted = text.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(text.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - text.length) >= bestDistance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** `, did you mean "X"?`, or nothing when no candidate is near. For the end of an error message. */
export function didYouMean(text: string, candidates: Iterable<string>): string {
  const found = nearest(text, candidates);
  return found === undefined ? "" : `, did you mean "${found}"?`;
}

/** Damerau-Levenshtein distance (optimal string alignment) by rows. */
function editDistance(a: string, b: string): number {
  let twoAgo: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, twoAgo[j - 2]! + 1);
      row.push(cost);
    }
    [twoAgo, previous] = [previous, row];
  }
  return previous[b.length]!;
}
