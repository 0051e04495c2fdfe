// The page of a state root: the version of every slot that an answer ran on. Only the present state can be listed; the
// hash of a former one is known, its heads are not kept.
// @ts-check
import { getJson } from "../lib/api.js";
import { el } from "../lib/dom.js";
import { plural } from "../lib/format.js";
import { blockLink, slotLink } from "../lib/links.js";
import { table } from "../lib/table.js";
import { stateRootOf } from "./stateRoot.js";

/** @param {string} root @param {AbortSignal} signal @returns {Promise<Node[]>} */
export async function stateView(root, signal) {
  const { items: models } = await getJson("/chain/models", { signal });
  const title = el("div", null, el("h1", null, "State"), el("p", { class: "mono long-id" }, root));
  for (const model of models) {
    const { heads } = await getJson(`/chain/heads/${model.model}`, { signal });
    const slots = Object.entries(heads).sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
    if (stateRootOf(model.model, slots) !== root) continue;
    return [
      title,
      el(
        "p",
        null,
        `The present state of ${model.name}: the hash of these ${plural(slots.length, "block")}, recomputed in your browser.`,
      ),
      el("section", { class: "card" }, el("div", { class: "table-frame" }, headTable(model.model, slots))),
    ];
  }
  return [
    title,
    el(
      "p",
      { class: "empty" },
      "This is not the present state of a model of this node. It was an earlier one, or another node's: what answers ran on then can be found by the blocks that they named.",
    ),
  ];
}

/** @param {string} model @param {readonly [string, any][]} slots */
function headTable(model, slots) {
  return table(
    [
      { name: "Slot", cell: ([slot]) => slotLink(model, slot) },
      { name: "Head", cell: ([, block]) => blockLink(block) },
    ],
    slots,
    "Heads of the state",
  );
}
