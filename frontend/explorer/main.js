// The explorer: one view for each kind of address. Links within the page change the view without loading it again.
// @ts-check
import { ApiError } from "../lib/api.js";
import { byId, el, fill } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { startShell } from "../lib/shell.js";
import { authorView } from "./authorView.js";
import { blockView } from "./blockView.js";
import { nodeView } from "./nodeView.js";
import { overview } from "./overview.js";
import { searchView, slotOfAnyModel } from "./searchView.js";
import { slotView } from "./slotView.js";
import { stateView } from "./stateView.js";

startShell();

/** What an address may name. */
const NAMES = ["block", "model", "slot", "author", "state", "node", "q"];

/** @type {AbortController | undefined} */
let current;

byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = query().value.trim();
  if (text !== "") go(`/explorer?q=${encodeURIComponent(text)}`);
});
document.addEventListener("click", (event) => {
  const link = /** @type {Element} */ (event.target).closest("a");
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  // An attribute, not a property: links in the graph are SVG's.
  const address = link?.getAttribute("href") ?? "";
  if (!isPlain || !address.startsWith("/explorer")) return;
  event.preventDefault();
  go(address);
});
addEventListener("popstate", () => void show());
void show();

/** @param {string} address @param {boolean} [replaces] it stands in place of the present one: Back does not stop there */
function go(address, replaces = false) {
  if (replaces) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  scrollTo(0, 0);
  void show().then(() => byId("view").focus({ preventScroll: true }));
}

async function show() {
  current?.abort();
  const controller = new AbortController();
  current = controller;
  const view = byId("view");
  view.setAttribute("aria-busy", "true");
  try {
    const content = await viewFor(new URLSearchParams(location.search), controller.signal);
    if (!controller.signal.aborted) fill(view, content);
  } catch (error) {
    if (!controller.signal.aborted) fill(view, problem(error));
  }
  if (current === controller) view.removeAttribute("aria-busy");
}

/** @param {URLSearchParams} address @param {AbortSignal} signal @returns {Promise<Node[]>} */
function viewFor(address, signal) {
  const [block, model, slot, author, state, node, q] = NAMES.map((name) => address.get(name));
  query().value = q ?? "";
  const title = block ?? slot ?? author ?? state ?? node ?? q;
  document.title = title ? `${title.slice(0, 20)} · Explorer · AI-Block` : "Explorer · AI-Block";
  if (block) return blockView(block, signal);
  if (model && slot) return slotView(model, slot, signal);
  if (slot) return slotOfAnyModel(slot, signal, (address) => go(address, true));
  if (author) return authorView(author, signal);
  if (state) return stateView(state, signal);
  if (node) return nodeView(node, signal);
  if (q) return searchView(q, signal, (address) => go(address, true));
  return overview(signal);
}

function query() {
  return /** @type {HTMLInputElement} */ (byId("query"));
}

/** @param {unknown} error */
function problem(error) {
  const text = error instanceof ApiError ? error.message : String(error);
  return el(
    "div",
    { class: "notice failed", role: "status" },
    icon("warning"),
    el("strong", null, "This cannot be shown"),
    el("p", null, text),
    el(
      "div",
      { class: "notice-actions" },
      el("button", { class: "button small", type: "button", onclick: () => void show() }, "Try again"),
    ),
  );
}
