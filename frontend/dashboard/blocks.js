// Blocks by type, and the newest ones.
// @ts-check
import { byId, el, fill } from "../lib/dom.js";
import { age, count, plural } from "../lib/format.js";
import { blockLink, typeMark } from "../lib/links.js";
import { table } from "../lib/table.js";
import { meter } from "./cache.js";

/** @param {any} counts @param {readonly any[]} newest */
export function showBlocks(counts, newest) {
  const types = Object.entries(counts.blocks).filter(([, amount]) => amount > 0);
  const most = Math.max(1, ...types.map(([, amount]) => Number(amount)));
  fill(
    byId("blocks"),
    el(
      "div",
      { class: "bars" },
      types.map(([type, amount]) =>
        el(
          "div",
          null,
          typeMark(type),
          meter(Number(amount) / most),
          el("span", { class: "number" }, count(Number(amount))),
        ),
      ),
    ),
    el(
      "p",
      { class: "small quiet" },
      `${plural(counts.tips, "tip")}, ${plural(counts.orphans, "orphan")}. `,
      el("a", { href: "/explorer" }, "Open the explorer"),
    ),
    newest.length === 0
      ? el("p", { class: "empty" }, "The chain is empty.")
      : el(
          "div",
          { class: "table-frame" },
          table(
            [
              { name: "Newest", cell: ({ id }) => blockLink(id) },
              { name: "Type", cell: ({ type }) => typeMark(type) },
              { name: "Slot", cell: ({ slot }) => slot ?? "–" },
              { name: "When", cell: ({ time_ms }) => el("span", { class: "nowrap" }, age(time_ms)) },
            ],
            newest,
            "Newest blocks of chain B",
          ),
        ),
  );
}
