// The expert map of one answer: the grid, its tokens, and the same numbers as a table. It follows a running answer
// live, at most once a frame.
// @ts-check
import { byId, el, fill } from "../lib/dom.js";
import { ExpertGrid } from "../lib/expertGrid.js";
import { percent, plural } from "../lib/format.js";
import { hideTip, showTip } from "../lib/tip.js";
import { Ribbon } from "./ribbon.js";
import { largestShare, sharesOfToken, usesExpert } from "./shares.js";

/** Rows of the table at most: of a model with thousands of experts those with the largest parts. */
const MAX_ROWS = 256;

/**
 * @typedef {object} Shown
 * @property {string} id of the answer
 * @property {readonly number[]} shape experts per layer
 * @property {import("./shares.js").Shares} shares
 * @property {readonly import("./conversation.js").AnswerToken[]} tokens
 * @property {boolean} running
 */

export class ExpertPanel {
  #grid;
  #ribbon;
  /** @type {Shown | null} */
  #shown = null;
  /** @type {number | null} */
  #token = null;
  /** @type {{ layer: number, expert: number } | null} */
  #cell = null;

  constructor() {
    this.#grid = new ExpertGrid(/** @type {HTMLCanvasElement} */ (byId("map")), {
      onPoint: (cell, event) => this.#pointAtCell(cell, event),
    });
    this.#ribbon = new Ribbon(byId("ribbon"), (index) => {
      this.#token = index;
      this.#draw();
    });
  }

  /** Before the first answer: the model's cells, all dark. @param {readonly number[]} shape */
  showEmpty(shape) {
    this.#shown = null;
    this.#token = null;
    this.#grid.setShape(shape);
    this.#grid.show(() => 0);
    byId("ribbon-frame").hidden = true;
    byId("map-table").hidden = true;
    fill(byId("map-legend"));
    byId("map-note").textContent =
      shape.length === 0
        ? ""
        : "Each row is a layer, each cell an expert. An answer lights the experts that computed it.";
  }

  /** @param {Shown} shown */
  show(shown) {
    const isSame = this.#shown?.id === shown.id;
    if (!isSame) this.#token = null;
    this.#shown = shown;
    this.#grid.setShape(shown.shape);
    this.#ribbon.show(shown.tokens, isSame);
    byId("ribbon-frame").hidden = shown.tokens.length === 0;
    byId("map-table").hidden = shown.running;
    if (!shown.running) this.#fillTable(shown);
    this.#draw();
  }

  #draw() {
    const shown = this.#shown;
    if (shown === null) return;
    const token = this.#token === null ? undefined : shown.tokens[this.#token];
    const shares = token === undefined ? shown.shares : sharesOfToken(token);
    const most = token === undefined ? largestShare(shown.shape, shares) : 1;
    this.#grid.show((layer, expert) => shares(layer, expert) / most);
    byId("map-note").textContent =
      token === undefined
        ? `Part of each layer's routed weight, over ${plural(shown.tokens.length, "token")}.`
        : `Experts of the token “${token.text.replaceAll("\n", "↵")}”, by the router's weights.`;
    this.#showLegend(most);
  }

  /** @param {number} most */
  #showLegend(most) {
    fill(byId("map-legend"), el("span", null, "0 %"), el("span", { class: "scale" }), el("span", null, percent(most)));
  }

  /** @param {{ layer: number, expert: number } | null} cell @param {PointerEvent} event */
  #pointAtCell(cell, event) {
    const shown = this.#shown;
    const same = cell?.layer === this.#cell?.layer && cell?.expert === this.#cell?.expert;
    this.#cell = cell;
    if (cell === null || shown === null) {
      hideTip();
      this.#ribbon.mark(null);
      return;
    }
    const uses = (/** @type {number} */ i) => {
      const token = shown.tokens[i];
      return token !== undefined && usesExpert(token, cell.layer, cell.expert);
    };
    const used = shown.tokens.reduce((sum, _, i) => sum + (uses(i) ? 1 : 0), 0);
    showTip(
      event,
      el("strong", null, `layer${cell.layer}.expert${cell.expert}`),
      el("br"),
      `${percent(shown.shares(cell.layer, cell.expert))} of the layer, ${plural(used, "token")}`,
    );
    if (!same) this.#ribbon.mark(uses);
  }

  /** @param {Shown} shown */
  #fillTable({ shape, shares, tokens }) {
    const rows = shape
      .flatMap((experts, layer) =>
        Array.from({ length: experts }, (_, expert) => ({ layer, expert, share: shares(layer, expert) })),
      )
      .filter(({ share }) => share > 0);
    if (rows.length > MAX_ROWS) rows.sort((a, b) => b.share - a.share).length = MAX_ROWS;
    const used = (/** @type {{ layer: number, expert: number }} */ { layer, expert }) =>
      tokens.reduce((sum, token) => sum + (usesExpert(token, layer, expert) ? 1 : 0), 0);
    fill(
      /** @type {Element} */ (byId("map-table").querySelector(".table-frame")),
      el(
        "table",
        null,
        el(
          "thead",
          null,
          el(
            "tr",
            null,
            el("th", null, "Layer"),
            el("th", null, "Expert"),
            el("th", { class: "number" }, "Share"),
            el("th", { class: "number" }, "Tokens"),
          ),
        ),
        el(
          "tbody",
          null,
          rows.map((row) =>
            el(
              "tr",
              null,
              el("td", null, row.layer),
              el("td", null, row.expert),
              el("td", { class: "number" }, percent(row.share)),
              el("td", { class: "number" }, used(row)),
            ),
          ),
        ),
      ),
    );
  }
}
