// The page of a node: what it serves, and when it was last heard of. Never its addresses.
// @ts-check
import { findJson } from "../lib/api.js";
import { el } from "../lib/dom.js";
import { age, date, short } from "../lib/format.js";

/** @param {string} id @param {AbortSignal} signal @returns {Promise<Node[]>} */
export async function nodeView(id, signal) {
  const node = PEER_ID.test(id) ? await findJson(`/p2p/nodes/${encodeURIComponent(id)}`, { signal }) : null;
  const title = el("div", null, el("h1", null, "Node"), el("p", { class: "mono long-id" }, id));
  if (node === null) return [title, el("p", { class: "empty" }, "This node knows no node of this id.")];
  const { self, state, layers, precision, tokens_per_second, version, registered_ms, last_seen_ms } = node;
  const facts = [
    ["State", self ? `${state}: the node that serves this page` : state],
    ["Layers", layers === null ? "none" : `${layers[0]} to ${layers[1]}`],
    ["Precision", precision ?? "–"],
    ["Speed, last minute", tokens_per_second === null ? "–" : `${short(tokens_per_second)} tokens/s`],
    ["Version", version],
    ["Known since", date(registered_ms)],
    ["Last seen", age(last_seen_ms)],
  ];
  return [
    title,
    el(
      "section",
      { class: "card" },
      el(
        "dl",
        { class: "pairs" },
        facts.map(([name, value]) => el("div", null, el("dt", null, name), el("dd", null, value))),
      ),
    ),
  ];
}

/** As nodes are named: letters and digits, no address. */
const PEER_ID = /^[A-Za-z0-9_.-]{1,128}$/;
