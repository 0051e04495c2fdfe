// The first view: the graph of the newest blocks, kept up to date unless it is paused, and the same blocks as a list.
// @ts-check
import { getJson } from "../lib/api.js";
import { el, fill } from "../lib/dom.js";
import { plural } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { typeMark } from "../lib/links.js";
import { pagedBlocks } from "./blockTable.js";
import { DagView } from "./dagView.js";

const WINDOW = 200;
const EVERY_MS = 4000;
const TYPES = ["meta", "dense", "router", "expert", "attestation"];

/** @param {AbortSignal} signal ends the updates @returns {Promise<Node[]>} */
export async function overview(signal) {
  const dag = new DagView();
  const note = el("p", { class: "small quiet" });
  const pause = pauseButton();
  const update = async () => {
    const [blocks, heads] = await readWindow(signal);
    dag.show(blocks, heads);
    note.textContent = `${plural(blocks.length, "newest block")}, by height. A line leads from a block to what builds on it.`;
  };
  const [list] = await Promise.all([
    pagedBlocks(
      (cursor) =>
        getJson(
          `/chain/B/blocks?order=newest&limit=25${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
        ),
      "Newest blocks of chain B",
    ),
    update(),
  ]);
  const timer = setInterval(() => {
    // A failed update is told by the bar; the next one tries again.
    if (!document.hidden && !pause.paused()) void update().catch(() => {});
  }, EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  return [
    el(
      "section",
      { class: "card" },
      el("div", { class: "card-head" }, el("div", null, el("h2", null, "Newest blocks"), note), pause.element),
      dag.element,
      el("div", { class: "legend" }, TYPES.map(typeMark), el("span", { class: "type outlined" }, "head of its slot")),
    ),
    el("section", { class: "card" }, el("h2", null, "Chain B"), list),
  ];
}

/** @param {AbortSignal} signal @returns {Promise<[any[], Set<string>]>} */
async function readWindow(signal) {
  const [parameters, meta, models] = await Promise.all([
    getJson(`/chain/B/blocks?order=newest&limit=${WINDOW}`, { signal }),
    getJson("/chain/A/blocks?order=newest&limit=20", { signal }),
    getJson("/chain/models", { signal }),
  ]);
  const all = await Promise.all(
    models.items.map((/** @type {any} */ model) => getJson(`/chain/heads/${model.model}`, { signal })),
  );
  return [
    [...meta.items, ...parameters.items].slice(0, WINDOW),
    new Set(all.flatMap(({ heads }) => Object.values(heads))),
  ];
}

function pauseButton() {
  let isPaused = false;
  const element = el("button", { class: "button small", type: "button", "aria-pressed": "false" });
  const show = () => {
    element.setAttribute("aria-pressed", String(isPaused));
    fill(element, icon(isPaused ? "play" : "pause"), isPaused ? "Go on" : "Pause");
  };
  element.addEventListener("click", () => {
    isPaused = !isPaused;
    show();
  });
  show();
  return { element, paused: () => isPaused };
}
