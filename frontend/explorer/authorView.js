// The page of an author: balance and blocks.
// @ts-check
import { getJson } from "../lib/api.js";
import { el } from "../lib/dom.js";
import { credits } from "../lib/format.js";
import { pagedBlocks } from "./blockTable.js";

const PAGE = 50;

/** @param {string} author @param {AbortSignal} signal @returns {Promise<Node[]>} */
export async function authorView(author, signal) {
  if (!/^[0-9a-f]{64}$/.test(author))
    return [
      el("h1", null, "No such author"),
      el("p", { class: "empty" }, "An author is named by a public key of 64 hex digits."),
    ];
  const [balance, meta, parameters] = await Promise.all([
    getJson(`/accounts/${author}`, { signal }),
    blocksOf("A", author),
    blocksOf("B", author),
  ]);
  return [
    el("div", null, el("h1", null, "Author"), el("p", { class: "mono long-id" }, author)),
    el(
      "section",
      { class: "card" },
      el(
        "dl",
        { class: "pairs" },
        el("div", null, el("dt", null, "Confirmed"), el("dd", null, `${credits(balance.confirmed)} credits`)),
        el("div", null, el("dt", null, "Pending"), el("dd", null, `${credits(balance.pending)} credits`)),
      ),
    ),
    el("section", { class: "card" }, el("h2", null, "Blocks of chain B"), parameters),
    el("section", { class: "card" }, el("h2", null, "Models, chain A"), meta),
  ];
}

/** @param {"A" | "B"} chain @param {string} author */
function blocksOf(chain, author) {
  const read = (/** @type {string | null} */ cursor) =>
    getJson(
      `/chain/${chain}/blocks?order=newest&limit=${PAGE}&author=${author}${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
  return pagedBlocks(read, `Blocks of chain ${chain}`);
}
