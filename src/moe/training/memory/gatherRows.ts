/** Row i of `target` becomes row `rows[i]` of `source`, times `factor`; rows of `width` elements. */
export function gatherRows(
  target: Float32Array,
  source: Float32Array,
  rows: Int32Array,
  width: number,
  factor = 1,
): void {
  for (let i = 0, to = 0; i < rows.length; i++, to += width) {
    const from = (rows[i] as number) * width;
    target.set(source.subarray(from, from + width), to);
  }
  if (factor !== 1) for (let i = 0; i < rows.length * width; i++) target[i] = factor * (target[i] as number);
}
