// The page of one block.
// @ts-check
import { findJson } from "../lib/api.js";
import { el, fill } from "../lib/dom.js";
import { age, bytes, date, short } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { authorLink, blockLink, slotLink, stateLink, typeMark } from "../lib/links.js";
import { verifyBlock } from "./verifyBlock.js";

/** @param {string} id @param {AbortSignal} signal @returns {Promise<Node[]>} */
export async function blockView(id, signal) {
  const block = /^[0-9a-f]{64}$/.test(id) ? await findJson(`/chain/blocks/${id}`, { signal }) : null;
  if (block === null)
    return [
      el("h1", null, "No such block"),
      el(
        "p",
        { class: "empty" },
        "This node does not have a block with the id ",
        el("span", { class: "mono long-id" }, id),
        ".",
      ),
    ];
  return [
    el(
      "div",
      null,
      el(
        "div",
        { class: "title" },
        el("h1", null, titleOf(block)),
        block.is_head ? el("span", { class: "badge" }, "head") : null,
      ),
      el("p", { class: "mono long-id" }, block.id),
    ),
    checkBox(block),
    el("section", { class: "card" }, pairs(block)),
    el(
      "section",
      { class: "card" },
      el(
        "details",
        null,
        el("summary", null, "As JSON"),
        el("pre", { class: "raw", tabindex: "0" }, JSON.stringify(block, null, 2)),
      ),
    ),
  ];
}

/** @param {any} block */
function titleOf({ type, slot, claims }) {
  if (type === "meta") return "A model";
  if (type === "attestation") return `Attestation for ${slot}`;
  return `${claims === null ? "First version" : "Version"} of ${slot}`;
}

/** The check runs after the block is on the page: the arithmetic takes some tens of milliseconds. @param {any} block */
function checkBox(block) {
  const box = el(
    "section",
    { class: "check-box working", role: "status" },
    icon("shield"),
    el("strong", null, "Checking the signature"),
  );
  setTimeout(() => {
    const found = verifyBlock(block);
    const good = found.every(({ holds }) => holds);
    box.className = `check-box ${good ? "good" : "bad"}`;
    fill(
      box,
      icon(good ? "shield" : "warning"),
      el("strong", null, good ? "Signature checked in your browser" : "This block is not what it claims to be"),
      el(
        "ol",
        null,
        found.map(({ holds, text }) => el("li", null, `${holds ? "✓" : "✗"} ${text}`)),
      ),
    );
  }, 0);
  return box;
}

/** @param {any} block */
function pairs(block) {
  const { claims, payload } = block;
  const rows = [
    ["Type", typeMark(block.type)],
    ["Chain", block.chain === "A" ? "A, models" : "B, parameters"],
    ["Slot", block.slot !== null && block.model !== null ? slotLink(block.model, block.slot) : null],
    ["Model", block.model === null ? null : blockLink(block.model)],
    ["Signed by", authorLink(block.author)],
    ["Time", timeText(block.time_ms)],
    ["Height", String(block.height)],
    ["Parents", list(block.parents)],
    ["Children", list(block.children)],
    [
      "Payload",
      payload === null
        ? null
        : `${bytes(payload.bytes)}, ${payload.format}, ${block.payload_stored ? "stored here" : "not stored here"}`,
    ],
    ["Payload root", payload === null ? null : el("span", { class: "mono" }, payload.root)],
    [
      "Loss",
      claims === null ? null : `${short(claims.loss)} in place of ${short(claims.baseline_loss)} (${lossText(claims)})`,
    ],
    [
      "Measured on",
      claims === null
        ? null
        : [
            "state ",
            stateLink(claims.state_root),
            ", evaluation set ",
            el("span", { class: "mono" }, claims.evaluation),
          ],
    ],
  ];
  return el(
    "dl",
    { class: "pairs" },
    rows.flatMap(([name, value]) =>
      value === null || value === undefined
        ? []
        : [el("div", null, el("dt", null, String(name)), el("dd", null, ...[value].flat()))],
    ),
  );
}

/** The date, and how long ago where that is another word. @param {number} timeMs */
function timeText(timeMs) {
  const [when, ago] = [date(timeMs), age(timeMs)];
  return `${when} by the author's clock${ago === when ? "" : ` (${ago})`}`;
}

/** @param {any} claims */
function lossText({ loss, baseline_loss }) {
  const better = baseline_loss - loss;
  return better >= 0 ? `better by ${better.toPrecision(3)}` : `worse by ${(-better).toPrecision(3)}`;
}

/** @param {readonly string[]} ids */
function list(ids) {
  if (ids.length === 0) return el("span", { class: "quiet" }, "none");
  const shown = 24;
  const items = ids.slice(0, shown).map((id) => el("li", null, blockLink(id)));
  return el(
    "ul",
    null,
    items,
    ids.length > shown ? el("li", { class: "quiet" }, `and ${ids.length - shown} more`) : null,
  );
}
