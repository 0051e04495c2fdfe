// The nodes that this one knows, itself included.
// @ts-check
import { byId, el, fill } from "../lib/dom.js";
import { age, hash, short } from "../lib/format.js";
import { table } from "../lib/table.js";

const STATES = /** @type {Record<string, string>} */ ({
  online: "",
  joining: "pending",
  unreachable: "bad",
  left: "pending",
});

/** @param {readonly any[]} nodes */
export function showNodes(nodes) {
  fill(
    byId("nodes"),
    nodes.length === 0
      ? el("p", { class: "empty" }, "This node is alone.")
      : el(
          "div",
          { class: "table-frame" },
          table(
            [
              {
                name: "Node",
                cell: ({ node_id, self }) => [
                  el(
                    "a",
                    { class: "mono", href: `/explorer?node=${encodeURIComponent(node_id)}`, title: node_id },
                    hash(node_id),
                  ),
                  self ? " this one" : "",
                ],
              },
              { name: "State", cell: ({ state }) => el("span", { class: `badge ${STATES[state] ?? ""}` }, state) },
              { name: "Layers", cell: ({ layers }) => (layers === null ? "–" : `${layers[0]} to ${layers[1]}`) },
              { name: "Precision", cell: ({ precision }) => precision ?? "–" },
              { name: "Tokens/s", number: true, cell: ({ tokens_per_second }) => short(tokens_per_second) },
              { name: "Version", cell: ({ version }) => version },
              { name: "Seen", cell: ({ last_seen_ms }) => el("span", { class: "nowrap" }, age(last_seen_ms)) },
            ],
            nodes,
            "Known nodes",
          ),
        ),
  );
}
