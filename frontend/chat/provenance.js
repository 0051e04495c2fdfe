// "What computed this": the state of the model that an answer ran on, down to the signed blocks and their authors.
// @ts-check
import { el, fill } from "../lib/dom.js";
import { bytes, count, duration, hash, percent, plural, short } from "../lib/format.js";

/** Blocks that are listed: those with the largest part in the answer. The rest is counted. */
const MAX_BLOCKS = 12;

/** @param {HTMLElement} body @param {import("./conversation.js").AnswerDetails | undefined} details */
export function showProvenance(body, details) {
  if (details?.state_root === undefined) {
    fill(
      body,
      el(
        "p",
        { class: "small quiet" },
        "Every answer names the exact signed blocks that computed it. They appear here.",
      ),
    );
    return;
  }
  fill(body, facts(details), ...(details.experts === undefined ? [] : blocks(details.experts)));
}

/** @param {import("./conversation.js").AnswerDetails} details */
function facts({ model, state_root, precision, usage, timings, cache }) {
  const rows = [
    [
      "State root",
      el("a", { href: `/explorer?state=${state_root}`, class: "mono", title: state_root }, hash(state_root)),
    ],
    ["Model", model],
    ["Precision", precision],
    [
      "Prompt",
      usage &&
        `${plural(usage.prompt_tokens, "token")}${usage.cached_tokens > 0 ? `, ${count(usage.cached_tokens)} from the last turn` : ""}`,
    ],
    ["Answer", usage && plural(usage.completion_tokens, "token")],
    [
      "First token",
      timings &&
        `${duration(timings.first_token_ms)}${timings.queue_ms >= 1 ? `, of which ${duration(timings.queue_ms)} waiting` : ""}`,
    ],
    ["Speed", timings && `${short(timings.tokens_per_second)} tokens/s`],
    ["Expert cache", cache && cacheWords(cache)],
  ];
  return el(
    "dl",
    { class: "facts" },
    rows.flatMap(([name, value]) =>
      value === undefined || value === "" ? [] : [el("div", null, el("dt", null, name), el("dd", null, value))],
    ),
  );
}

/** Its counters are the engine's, not this answer's. @param {any} cache */
function cacheWords({ hits, loads, bytes: held }) {
  return `${bytes(held)} held; since the start ${plural(hits, "hit")}, ${plural(loads, "load")}`;
}

/** @param {any[]} experts */
function blocks(experts) {
  const sorted = experts.filter(({ share }) => share > 0).sort((a, b) => b.share - a.share);
  const authors = [...new Set(sorted.map(({ author }) => author))];
  const rest = sorted.length - MAX_BLOCKS;
  return [
    el(
      "p",
      { class: "small quiet" },
      `${plural(sorted.length, "expert block")}, signed by ${plural(authors.length, "author")}. Part of its layer:`,
    ),
    el("ul", { class: "block-list" }, sorted.slice(0, MAX_BLOCKS).map(blockItem)),
    el(
      "p",
      { class: "small quiet" },
      rest > 0 ? `and ${plural(rest, "more", "more")}. ` : "",
      authors.length === 1 ? "Author " : "Authors ",
      authors
        .slice(0, 5)
        .flatMap((author, i) => [
          i > 0 ? ", " : "",
          el("a", { href: `/explorer?author=${author}`, class: "mono", title: author }, hash(author)),
        ]),
      authors.length > 5 ? " …" : "",
    ),
  ];
}

/** @param {any} expert */
function blockItem({ slot, block, share }) {
  return el(
    "li",
    null,
    el("span", { class: "slot" }, slot),
    el("a", { href: `/explorer?block=${block}`, class: "mono", title: `Block ${block}` }, hash(block)),
    el("span", { class: "number" }, percent(share)),
  );
}
