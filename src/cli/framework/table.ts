/** Columns of text, aligned, for people. */
import { stripVTControlCharacters } from "node:util";

/** Lines of `rows`, each column as wide as its widest cell; the last one is not filled up. */
export function alignColumns(rows: readonly (readonly string[])[], gap = "  "): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, widthOf(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, i) => cell + " ".repeat((widths[i] as number) - widthOf(cell)))
      .join(gap)
      .trimEnd(),
  );
}

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
