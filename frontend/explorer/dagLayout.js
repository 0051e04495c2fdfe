// Where the blocks of a window stand: a column for each height, wrapped when it has many blocks; within a column blocks
// stand near their parents.
// @ts-check

const ROWS = 14;
const STEP_X = 30;
const STEP_Y = 30;
const GAP_X = 84;
const MARGIN = 36;

/** @typedef {{ block: any, x: number, y: number }} Place */

/** @param {readonly any[]} blocks @returns {{ places: Map<string, Place>, columns: { height: number, x: number }[], width: number, height: number }} */
export function layOut(blocks) {
  /** @type {Map<number, any[]>} */
  const byHeight = new Map();
  for (const block of blocks) {
    const column = byHeight.get(block.height) ?? [];
    byHeight.set(block.height, column);
    column.push(block);
  }
  /** @type {Map<string, Place>} */
  const places = new Map();
  const columns = [];
  let x = MARGIN;
  let height = 0;
  for (const [level, column] of [...byHeight].sort(([a], [b]) => a - b)) {
    const rows = rowsFor(column.length);
    const sorted = column
      .map((block) => ({ block, y: meanOfParents(block, places) }))
      .sort((a, b) => a.y - b.y || order(a.block, b.block));
    for (const [i, { block }] of sorted.entries()) {
      places.set(block.id, { block, x: x + Math.floor(i / rows) * STEP_X, y: MARGIN + (i % rows) * STEP_Y });
    }
    columns.push({ height: level, x });
    x += (Math.ceil(column.length / rows) - 1) * STEP_X + GAP_X;
    height = Math.max(height, Math.min(rows, column.length));
  }
  return { places, columns, width: x - GAP_X + MARGIN, height: MARGIN + height * STEP_Y };
}

/** Tall windows grow sideways first, then downwards. @param {number} amount */
function rowsFor(amount) {
  return Math.max(ROWS, Math.ceil(amount / 16));
}

/** @param {any} block @param {Map<string, Place>} places */
function meanOfParents(block, places) {
  const known = block.parents.flatMap((/** @type {string} */ id) => places.get(id)?.y ?? []);
  return known.reduce((/** @type {number} */ sum, /** @type {number} */ y) => sum + y, 0) / (known.length || 1);
}

/** By slot, so that the experts of a layer stand together. @param {any} a @param {any} b */
function order(a, b) {
  return (a.slot ?? "").localeCompare(b.slot ?? "", "en", { numeric: true }) || (a.id < b.id ? -1 : 1);
}
