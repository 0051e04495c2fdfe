// The page of a slot: its versions, what their authors claim and what validators measured.
// @ts-check
import { findJson } from "../lib/api.js";
import { el } from "../lib/dom.js";
import { age, count, date, percent, plural, short } from "../lib/format.js";
import { authorLink, blockLink } from "../lib/links.js";
import { table } from "../lib/table.js";

/** @param {string} model @param {string} slot @param {AbortSignal} signal @returns {Promise<Node[]>} */
export async function slotView(model, slot, signal) {
  const [details, usage] = await Promise.all([
    findJson(`/chain/slots/${model}/${encodeURIComponent(slot)}`, { signal }),
    slot.includes(".expert") ? findJson(`/experts/stats/${encodeURIComponent(slot)}`, { signal }) : null,
  ]);
  if (details === null) return [el("h1", null, slot), el("p", { class: "empty" }, "The model has no such slot.")];
  return [
    el(
      "div",
      null,
      el("h1", null, slot),
      el(
        "p",
        { class: "quiet" },
        "A slot of the model ",
        blockLink(model),
        ", with ",
        plural(details.versions.length, "version"),
        ".",
      ),
    ),
    ...(usage === null ? [] : [el("section", { class: "card" }, usageList(usage))]),
    el(
      "section",
      { class: "card" },
      el("h2", null, "Versions"),
      el("div", { class: "table-frame" }, versionTable(details.versions)),
    ),
    ...details.versions.filter((/** @type {any} */ version) => version.attestations.length > 0).map(attestationCard),
  ];
}

/** @param {any} usage */
function usageList(usage) {
  const rows = [
    ["Routed share", `${percent(usage.routed_share)} of layer ${usage.layer}`],
    ["Tokens", count(usage.activations)],
    ["Time a token", `${short(usage.latency_ms)} ms`],
    ["Last used", age(usage.last_used_ms)],
  ];
  return el(
    "dl",
    { class: "pairs" },
    rows.map(([name, value]) => el("div", null, el("dt", null, name), el("dd", null, value))),
  );
}

/** @param {readonly any[]} versions */
function versionTable(versions) {
  return table(
    [
      { name: "Version", cell: ({ block }) => blockLink(block) },
      {
        name: "",
        cell: ({ is_head, improves }) =>
          is_head
            ? el("span", { class: "badge" }, "head")
            : improves === null
              ? ""
              : el("span", { class: "badge pending" }, "not adopted"),
      },
      { name: "Improves", cell: ({ improves }) => (improves === null ? "–" : blockLink(improves)) },
      { name: "Claimed loss", number: true, cell: ({ claimed_loss }) => loss(claimed_loss) },
      { name: "Measured (median)", number: true, cell: ({ median_loss }) => loss(median_loss) },
      { name: "Attestations", number: true, cell: ({ attestations }) => attestations.length },
      { name: "Author", cell: ({ author }) => authorLink(author) },
      { name: "Time", cell: ({ time_ms }) => el("span", { class: "nowrap", title: date(time_ms) }, age(time_ms)) },
    ],
    versions,
    "Versions of the slot",
  );
}

/** @param {any} version */
function attestationCard({ block, attestations }) {
  return el(
    "section",
    { class: "card" },
    el("h2", null, "Measured for ", blockLink(block)),
    el(
      "div",
      { class: "table-frame" },
      table(
        [
          { name: "Attestation", cell: (/** @type {any} */ row) => blockLink(row.block) },
          { name: "Validator", cell: ({ validator }) => authorLink(validator) },
          { name: "Loss", number: true, cell: (row) => loss(row.loss) },
        ],
        attestations,
        "What validators measured",
      ),
    ),
  );
}

/** @param {number | null} value */
function loss(value) {
  return value === null ? "–" : value.toFixed(4);
}
