/** Sums and copies of rows. Plain loops: they run at the speed of memory. */

/** target += factor * source */
export function addScaled(target: Float32Array, source: Float32Array, factor = 1): void {
  for (let i = 0; i < source.length; i++) target[i] = (target[i] as number) + factor * (source[i] as number);
}

/** Row i of `target` becomes factor * row `rows[i]` of `source`. */
export function gatherRows(
  target: Float32Array,
  source: Float32Array,
  rows: Int32Array,
  width: number,
  factor = 1,
): void {
  for (let i = 0, to = 0; i < rows.length; i++, to += width) {
    const from = (rows[i] as number) * width;
    if (factor === 1) target.set(source.subarray(from, from + width), to);
    else for (let j = 0; j < width; j++) target[to + j] = factor * (source[from + j] as number);
  }
}

/** Row `rows[i]` of `target` += factor * row i of `source`. */
export function scatterAddRows(
  target: Float32Array,
  source: Float32Array,
  rows: Int32Array,
  width: number,
  factor = 1,
): void {
  for (let i = 0, from = 0; i < rows.length; i++, from += width) {
    const to = (rows[i] as number) * width;
    for (let j = 0; j < width; j++) target[to + j] = (target[to + j] as number) + factor * (source[from + j] as number);
  }
}
