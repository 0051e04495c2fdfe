// The answers that ended last: when, how they ended, how long and how fast. What was asked is not kept anywhere.
// @ts-check
import { byId, el, fill } from "../lib/dom.js";
import { age, count, date, duration, short } from "../lib/format.js";
import { stateLink } from "../lib/links.js";
import { table } from "../lib/table.js";

const STATES = /** @type {Record<string, string>} */ ({ complete: "", stopped: "pending", failed: "bad" });
const REASONS = /** @type {Record<string, string>} */ ({
  stop: "The model ended it.",
  length: "It reached the longest length.",
  client_gone: "Who asked went away, or pressed Stop.",
});

/** @param {readonly any[] | null} answers newest first; `null`: the key may not see them */
export function showRecent(answers) {
  fill(
    byId("recent"),
    answers === null
      ? el("p", { class: "empty" }, "This takes an API key with the scope admin.")
      : answers.length === 0
        ? el("p", { class: "empty" }, "Nobody has asked anything since the node was started.")
        : el("div", { class: "table-frame" }, recentTable(answers)),
  );
}

/** @param {readonly any[]} answers */
function recentTable(answers) {
  return table(
    [
      { name: "When", cell: ({ time_ms }) => el("span", { class: "nowrap", title: date(time_ms) }, age(time_ms)) },
      {
        name: "Ended",
        cell: ({ status, reason }) =>
          el(
            "span",
            { class: `badge ${STATES[status] ?? ""}`, title: REASONS[reason] ?? reason },
            endOf(status, reason),
          ),
      },
      { name: "Prompt", number: true, cell: ({ prompt_tokens }) => count(prompt_tokens) },
      { name: "Answer", number: true, cell: ({ completion_tokens }) => count(completion_tokens) },
      { name: "Tokens/s", number: true, cell: ({ tokens_per_second }) => short(tokens_per_second) },
      { name: "First token", number: true, cell: ({ first_token_ms }) => nowrap(duration(first_token_ms)) },
      { name: "Took", number: true, cell: ({ duration_ms }) => nowrap(duration(duration_ms)) },
      { name: "Asked at", cell: ({ address }) => el("span", { class: "mono" }, address) },
      { name: "Model", cell: ({ model }) => nowrap(model) },
      { name: "State", cell: ({ state_root }) => stateLink(state_root) },
    ],
    answers,
    "Answers that ended last, newest first; prompt and answer in tokens",
  );
}

/** @param {string} status @param {string} reason */
function endOf(status, reason) {
  if (status === "failed") return reason;
  return reason === "length" ? "cut at the longest length" : status;
}

/** @param {string} text */
function nowrap(text) {
  return el("span", { class: "nowrap" }, text);
}
