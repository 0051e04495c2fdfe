// Where the blocks of a window stand: a column for each height; a height with many blocks has a column for each layer of
// the model. Blocks of a short column stand near their parents.
// @ts-check

const ROWS = 14;
const STEP_X = 32;
const STEP_Y = 32;
const GAP_X = 108;
const MARGIN = 40;

/** @typedef {{ block: any, x: number, y: number }} Place */
/** @typedef {{ height: number, x: number }} Column */

/** @param {readonly any[]} blocks @returns {{ places: Map<string, Place>, columns: Column[], width: number, height: number }} */
export function layOut(blocks) {
  const levels = [...grouped(blocks, (block) => block.height)].sort(([a], [b]) => a - b);
  const split = levels.map(([, level]) => columnsOf(level));
  const rows = Math.max(1, ...split.flat().map((column) => column.length));
  /** @type {Map<string, Place>} */
  const places = new Map();
  /** @type {Column[]} */
  const columns = [];
  let x = MARGIN;
  for (const [i, [height]] of levels.entries()) {
    columns.push({ height, x });
    for (const column of split[i] ?? []) {
      placeColumn(column, x, rows, places);
      x += STEP_X;
    }
    x += GAP_X - STEP_X;
  }
  return { places, columns, width: x - GAP_X + 2 * MARGIN, height: 2 * MARGIN + (rows - 1) * STEP_Y };
}

/** The blocks of a height: one column, or one for each layer, none longer than `ROWS`. @param {readonly any[]} level @returns {any[][]} */
function columnsOf(level) {
  if (level.length <= ROWS) return [[...level]];
  const layers = [...grouped(level, layerOf)].sort(([a], [b]) => a - b);
  return layers.flatMap(([, layer]) => {
    const sorted = layer.sort(bySlot);
    return Array.from({ length: Math.ceil(sorted.length / ROWS) }, (_, i) => sorted.slice(i * ROWS, (i + 1) * ROWS));
  });
}

/** In the middle of the picture; in the order of their parents, then of their slots. @param {any[]} column @param {number} x @param {number} rows @param {Map<string, Place>} places */
function placeColumn(column, x, rows, places) {
  const top = MARGIN + ((rows - column.length) * STEP_Y) / 2;
  const wished = new Map(column.map((block) => [block, meanOfParents(block, places)]));
  const sorted = column.sort((a, b) => (wished.get(a) ?? 0) - (wished.get(b) ?? 0) || bySlot(a, b));
  for (const [row, block] of sorted.entries()) places.set(block.id, { block, x, y: top + row * STEP_Y });
}

/** @param {any} block @param {Map<string, Place>} places */
function meanOfParents(block, places) {
  /** @type {number[]} */
  const known = block.parents.flatMap((/** @type {string} */ id) => places.get(id)?.y ?? []);
  return known.reduce((sum, y) => sum + y, 0) / (known.length || 1);
}

/** What belongs to no layer comes first. @param {any} block */
function layerOf(block) {
  return Number(/^layer(\d+)/.exec(block.slot ?? "")?.[1] ?? -1);
}

/** @param {any} a @param {any} b */
function bySlot(a, b) {
  return (a.slot ?? "").localeCompare(b.slot ?? "", "en", { numeric: true }) || (a.id < b.id ? -1 : 1);
}

/** @template T, K @param {readonly T[]} items @param {(item: T) => K} keyOf @returns {Map<K, T[]>} */
function grouped(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(item);
  }
  return groups;
}
