// Heat map and table of all experts: how much of each layer's weight they get, how fast they are, what they earn.
// @ts-check
import { byId, el, fill } from "../lib/dom.js";
import { ExpertGrid } from "../lib/expertGrid.js";
import { age, compact, count, credits, percent, short } from "../lib/format.js";
import { authorLink, blockLink, slotLink } from "../lib/links.js";
import { SortableTable } from "../lib/table.js";
import { hideTip, showTip } from "../lib/tip.js";
import { meter } from "./cache.js";

/** @typedef {any} Expert one row of /experts, with its `reward` in micro-credits or `null` */

/** Experts in the short list beside the map. */
const BUSIEST = 5;

/** What the cells can show. @type {Record<string, { name: string, note: string, value: (expert: Expert) => number, text: (value: number) => string }>} */
const MEASURES = {
  share: {
    name: "Routed share",
    note: "Part of each layer's routed weight since the node began to count. An expert that is never lit is never used.",
    value: (expert) => expert.routed_share,
    text: percent,
  },
  tokens: {
    name: "Tokens",
    note: "Tokens that each expert computed, of questions and answers.",
    value: (expert) => expert.activations,
    text: compact,
  },
  latency: {
    name: "Time a token",
    note: "Mean time in which an expert computes its part of a token.",
    value: (expert) => expert.latency_ms ?? 0,
    text: (value) => `${short(value)} ms`,
  },
  reward: {
    name: "Reward",
    note: "Credits that the author of each expert's head has earned and not been paid yet.",
    value: (expert) => expert.reward ?? 0,
    text: credits,
  },
};

export class ExpertSection {
  /** @type {Map<string, Expert>} */
  #cells = new Map();
  #measure = "share";
  #model = "";
  #none = "Nothing yet. Ask something on the chat page.";
  #grid;
  #table;

  constructor() {
    this.#grid = new ExpertGrid(/** @type {HTMLCanvasElement} */ (byId("map")), {
      onPoint: (cell, event) => this.#point(cell, event),
      onPick: ({ layer, expert }) => {
        const found = this.#cells.get(`${layer}.${expert}`);
        if (found !== undefined) location.href = `/explorer?model=${this.#model}&slot=${found.slot}`;
      },
    });
    this.#table = new SortableTable(this.#columns(), 1);
    fill(/** @type {Element} */ (byId("experts-table").querySelector(".table-frame")), this.#table.element);
    fill(
      byId("measures"),
      Object.entries(MEASURES).map(([key, { name }]) =>
        el("button", { type: "button", "data-measure": key, onclick: () => this.#choose(key) }, name),
      ),
    );
    this.#choose("share");
  }

  /** @param {any} model @param {readonly any[]} usage @param {readonly any[]} rewards */
  show(model, usage, rewards) {
    const amounts = new Map(rewards.map(({ slot, amount }) => [slot, amount]));
    const experts = usage.map((expert) => ({ ...expert, reward: amounts.get(expert.slot) ?? null }));
    this.#cells = new Map(experts.map((expert) => [`${expert.layer}.${expert.expert}`, expert]));
    this.#model = model?.model ?? "";
    this.#grid.setShape(model?.experts_per_layer ?? []);
    this.#table.show(experts);
    this.#showBusiest(experts);
    this.#draw();
  }

  /** The node has told nothing of its experts: it wants an API key first. */
  showNeedsKey() {
    this.#none = "Seeing the experts takes an API key. Reload the page to give it.";
    this.#draw();
  }

  /** @param {readonly Expert[]} experts */
  #showBusiest(experts) {
    const used = experts.filter(({ routed_share }) => routed_share > 0).sort((a, b) => b.routed_share - a.routed_share);
    const most = used[0]?.routed_share ?? 1;
    fill(
      byId("busiest"),
      used
        .slice(0, BUSIEST)
        .map(({ slot, routed_share }) =>
          el(
            "li",
            null,
            slotLink(this.#model, slot),
            meter(routed_share / most),
            el("span", { class: "number" }, percent(routed_share)),
          ),
        ),
      used.length === 0 ? el("li", { class: "quiet" }, "None yet") : null,
    );
  }

  /** @param {string} key */
  #choose(key) {
    this.#measure = key;
    for (const button of byId("measures").children) {
      button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.measure === key));
    }
    this.#draw();
  }

  #draw() {
    const measure = MEASURES[this.#measure];
    if (measure === undefined) return;
    const { value, text, note } = measure;
    const most = Math.max(...[...this.#cells.values()].map(value), 0);
    this.#grid.show((layer, expert) => {
      const cell = this.#cells.get(`${layer}.${expert}`);
      return cell === undefined || most === 0 ? 0 : value(cell) / most;
    });
    byId("experts-note").textContent = note;
    if (most === 0) fill(byId("map-legend"), this.#none);
    else fill(byId("map-legend"), el("span", null, "0"), el("span", { class: "scale" }), el("span", null, text(most)));
  }

  /** @param {{ layer: number, expert: number } | null} cell @param {PointerEvent} event */
  #point(cell, event) {
    const expert = cell === null ? undefined : this.#cells.get(`${cell.layer}.${cell.expert}`);
    if (expert === undefined) return hideTip();
    showTip(
      event,
      el("strong", null, expert.slot),
      el("br"),
      `${percent(expert.routed_share)} of its layer, ${count(expert.activations)} tokens`,
      el("br"),
      `${short(expert.latency_ms)} ms a token, reward ${credits(expert.reward)}`,
    );
  }

  /** @returns {import("../lib/table.js").Column<Expert>[]} */
  #columns() {
    return [
      { name: "Expert", cell: (row) => slotLink(this.#model, row.slot), sortBy: (row) => row.slot },
      {
        name: "Routed share",
        number: true,
        cell: (row) => percent(row.routed_share),
        sortBy: (row) => row.routed_share,
      },
      { name: "Tokens", number: true, cell: (row) => count(row.activations), sortBy: (row) => row.activations },
      { name: "Requests", number: true, cell: (row) => count(row.requests), sortBy: (row) => row.requests },
      { name: "ms/token", number: true, cell: (row) => short(row.latency_ms), sortBy: (row) => row.latency_ms ?? -1 },
      { name: "Loads", number: true, cell: (row) => count(row.loads), sortBy: (row) => row.loads },
      { name: "Reward", number: true, cell: (row) => credits(row.reward), sortBy: (row) => row.reward ?? -1 },
      {
        name: "Versions",
        number: true,
        cell: (row) => count(row.version_count),
        sortBy: (row) => row.version_count,
      },
      { name: "Head", cell: (row) => blockLink(row.block) },
      { name: "Author", cell: (row) => authorLink(row.author), sortBy: (row) => row.author },
      {
        name: "Last used",
        cell: (row) => el("span", { class: "nowrap" }, age(row.last_used_ms)),
        sortBy: (row) => row.last_used_ms ?? 0,
      },
    ];
  }
}
