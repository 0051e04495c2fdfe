// Tables from rows, with columns that can be sorted by a press on their heads.
// @ts-check
import { el, fill } from "./dom.js";

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} name
 * @property {(row: Row) => import("./dom.js").Child | import("./dom.js").Child[]} cell
 * @property {(row: Row) => number | string} [sortBy]
 * @property {boolean} [number]
 */

/** A table. @template Row @param {readonly Column<Row>[]} columns @param {readonly Row[]} rows @param {string} [caption] for screen readers */
export function table(columns, rows, caption) {
  return el(
    "table",
    null,
    caption === undefined ? null : el("caption", { class: "visually-hidden" }, caption),
    el(
      "thead",
      null,
      el(
        "tr",
        null,
        columns.map((column) => el("th", { class: column.number ? "number" : null, scope: "col" }, column.name)),
      ),
    ),
    el(
      "tbody",
      null,
      rows.map((row) => tableRow(columns, row)),
    ),
  );
}

/** A table whose rows can be replaced and sorted; it keeps the order that was chosen. @template Row */
export class SortableTable {
  element;
  #columns;
  #body = el("tbody");
  #heads;
  /** @type {readonly Row[]} */
  #rows = [];
  #by;
  #descending = true;

  /** @param {readonly Column<Row>[]} columns @param {number} by index of the column that sorts at first, greatest first */
  constructor(columns, by) {
    this.#columns = columns;
    this.#by = by;
    this.#heads = columns.map((column, i) => {
      const attributes = { class: column.number ? "number" : null, scope: "col" };
      if (column.sortBy === undefined) return el("th", attributes, column.name);
      return el(
        "th",
        attributes,
        el("button", { class: "sort", type: "button", onclick: () => this.#sort(i) }, column.name),
      );
    });
    this.element = el("table", null, el("thead", null, el("tr", null, this.#heads)), this.#body);
  }

  /** @param {readonly Row[]} rows */
  show(rows) {
    this.#rows = rows;
    const sortBy = this.#columns[this.#by]?.sortBy ?? (() => 0);
    const sign = this.#descending ? -1 : 1;
    const sorted = [...rows].sort((a, b) => sign * compare(sortBy(a), sortBy(b)));
    fill(
      this.#body,
      sorted.map((row) => tableRow(this.#columns, row)),
    );
    for (const [i, head] of this.#heads.entries()) {
      if (i === this.#by) head.setAttribute("aria-sort", this.#descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  /** @param {number} column */
  #sort(column) {
    this.#descending = column === this.#by ? !this.#descending : true;
    this.#by = column;
    this.show(this.#rows);
  }
}

/** @template Row @param {readonly Column<Row>[]} columns @param {Row} row */
function tableRow(columns, row) {
  return el(
    "tr",
    null,
    columns.map(({ cell, number }) => el("td", { class: number ? "number" : null }, ...[cell(row)].flat())),
  );
}

/** @param {number | string} a @param {number | string} b */
function compare(a, b) {
  return typeof a === "string" ? a.localeCompare(String(b), "en", { numeric: true }) : a - Number(b);
}
