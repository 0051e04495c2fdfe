/** What each row of a step may look at: itself and earlier positions, in windowed layers only the last few. */

/** Added to the scores of unseen positions: its exponential is 0, and no sum with it overflows. */
const UNSEEN = -1e30;

/**
 * [rows][capacity], row-major: 0 where row r, at position `start + r`, sees position j, `UNSEEN` elsewhere.
 * @param window row at position i sees j when 0 <= i - j < window; absent: all before it
 */
export function causalMask(start: number, rows: number, capacity: number, window: number | undefined): Float32Array {
  const mask = new Float32Array(rows * capacity).fill(UNSEEN);
  for (let row = 0; row < rows; row++) {
    const position = start + row;
    const first = window === undefined ? 0 : Math.max(0, position - window + 1);
    mask.fill(0, row * capacity + first, row * capacity + position + 1);
  }
  return mask;
}
