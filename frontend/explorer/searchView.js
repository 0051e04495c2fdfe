// Search: the beginning of a block's id, a slot, an author's key, a state root or a node's id. A single find is opened at once.
// @ts-check
import { getJson } from "../lib/api.js";
import { el } from "../lib/dom.js";
import { blockTable } from "./blockTable.js";

const MIN_DIGITS = 4;
const KEY_DIGITS = 64;

/** @param {string} text @param {AbortSignal} signal @param {(address: string) => void} go @returns {Promise<Node[]>} */
export async function searchView(text, signal, go) {
  const words = text.trim().toLowerCase();
  if (words.includes(".") || /^(embedding|head)$/.test(words)) return slotOfAnyModel(words, signal, go);
  if (!/^[0-9a-f]+$/.test(words)) {
    // Ids of peers have capitals in them that mean something.
    const { items: nodes } = await getJson("/p2p/nodes", { signal });
    const node = nodes.find((/** @type {any} */ { node_id }) => node_id === text.trim());
    if (node !== undefined) return redirect(go, `/explorer?node=${encodeURIComponent(node.node_id)}`, signal);
    return [
      heading(text),
      el(
        "p",
        { class: "empty" },
        "Nothing is called that. Search for the first digits of a block's id, a slot such as layer0.expert1, an author's key, a state root or a node's id.",
      ),
    ];
  }
  if (words.length < MIN_DIGITS)
    return [heading(text), el("p", { class: "empty" }, `Give at least ${MIN_DIGITS} digits.`)];
  const { items } = await getJson(`/chain/search?q=${words.slice(0, KEY_DIGITS)}&limit=50`, { signal });
  if (items.length === 1) return redirect(go, `/explorer?block=${items[0].id}`, signal);
  if (items.length === 0 && words.length === KEY_DIGITS) {
    const { items: models } = await getJson("/chain/models", { signal });
    const isState = models.some((/** @type {any} */ model) => model.state_root === words);
    return redirect(go, `/explorer?${isState ? "state" : "author"}=${words}`, signal);
  }
  return [
    heading(text),
    items.length === 0
      ? el(
          "p",
          { class: "empty" },
          "No block begins with these digits. An author's key and a state root have to be given whole.",
        )
      : el("section", { class: "card" }, blockTable(items, "Blocks whose id begins so")),
  ];
}

/** A slot without its model: that of the served one, or a choice. @param {string} slot @param {AbortSignal} signal @param {(address: string) => void} go @returns {Promise<Node[]>} */
export async function slotOfAnyModel(slot, signal, go) {
  const { items } = await getJson("/chain/models", { signal });
  if (items.length === 1)
    return redirect(go, `/explorer?model=${items[0].model}&slot=${encodeURIComponent(slot)}`, signal);
  return [
    heading(slot),
    items.length === 0
      ? el("p", { class: "empty" }, "No model is served yet.")
      : el(
          "ul",
          null,
          items.map((/** @type {any} */ model) =>
            el(
              "li",
              null,
              el(
                "a",
                { href: `/explorer?model=${model.model}&slot=${encodeURIComponent(slot)}` },
                `${slot} of ${model.name}`,
              ),
            ),
          ),
        ),
  ];
}

/** @param {(address: string) => void} go @param {string} address @param {AbortSignal} signal @returns {Node[]} */
function redirect(go, address, signal) {
  if (!signal.aborted) queueMicrotask(() => go(address));
  return [];
}

/** @param {string} text */
function heading(text) {
  return el("h1", null, `“${text}”`);
}
