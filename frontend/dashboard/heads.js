// The model that is served, and the heads that its next answer runs on.
// @ts-check
import { getJson } from "../lib/api.js";
import { byId, el, fill } from "../lib/dom.js";
import { age, bytes, compact, count, plural } from "../lib/format.js";
import { authorLink, blockLink, slotLink, stateLink } from "../lib/links.js";

/** @param {any} model @param {readonly any[]} usage */
export async function showHeads(model, usage) {
  if (model === null) {
    fill(byId("heads"), el("p", { class: "empty" }, "No model is served yet."));
    return;
  }
  const { heads } = await getJson(`/chain/heads/${model.model}`);
  const improved = await improvements(model.model);
  const authors = new Set(usage.map(({ author }) => author));
  const rows = [
    ["Model", [`${model.name} `, blockLink(model.model)]],
    ["State root", stateLink(model.state_root)],
    ["Architecture", model.architecture],
    ["Parameters", `${compact(model.total_parameters)}, of which ${compact(model.active_parameters)} for a token`],
    ["Context", `${count(model.context_length)} tokens`],
    ["Computed by", `${model.execution_provider}, ${model.precision}`],
    ["Heads", `${plural(Object.keys(heads).length, "slot")}, ${bytes(model.payload_bytes)}`],
    ["Authors of experts", count(authors.size)],
  ];
  fill(
    byId("heads"),
    el(
      "dl",
      { class: "facts" },
      rows.map(([name, value]) => el("div", null, el("dt", null, String(name)), el("dd", null, ...[value].flat()))),
    ),
    el("h3", null, "Latest improvements offered"),
    improved.length === 0
      ? el("p", { class: "empty" }, "Nobody has offered a better version of an expert yet.")
      : el(
          "ul",
          { class: "block-list improvements" },
          improved.map((block) =>
            el(
              "li",
              null,
              slotLink(model.model, block.slot),
              el(
                "span",
                null,
                heads[block.slot] === block.id
                  ? el("span", { class: "badge" }, "head")
                  : el("span", { class: "badge pending" }, "candidate"),
                " by ",
                authorLink(block.author),
              ),
              el("span", { class: "quiet nowrap" }, age(block.time_ms)),
            ),
          ),
        ),
  );
}

/** Versions that claim to improve another one, newest first. @param {string} model @returns {Promise<any[]>} */
async function improvements(model) {
  const { items } = await getJson(`/chain/B/blocks?order=newest&limit=50&type=expert&model=${model}`);
  return items.filter((/** @type {any} */ block) => block.claims !== null).slice(0, 5);
}
