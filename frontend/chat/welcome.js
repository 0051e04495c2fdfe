// What stands in an empty chat: which model answers, and questions to begin with.
// @ts-check
import { el, fill } from "../lib/dom.js";
import { compact, count, hash, plural } from "../lib/format.js";

/** Questions that the demo model was made for, one from each of its subjects. */
const DEMO_QUESTIONS = [
  ["What is AI-Block?", "The project, in its own words"],
  ["How do I improve an expert?", "How to take part, in short"],
  ["What is the capital of France?", "A fact; then ask “and of Italy?”"],
  ["What is 17 + 25?", "A sum"],
];

/** For any other model. */
const QUESTIONS = [
  ["What can you do?", "A first question"],
  ["Explain what a hash is, in three sentences.", "Something to explain"],
];

const UNKNOWN = {
  loading: { title: "The model is loading", about: "This takes a moment after the node has started." },
  key: {
    title: "This node asks for an API key",
    about: "Chatting with its model takes one. Send a message to give the key.",
  },
};

/**
 * @param {HTMLElement} section
 * @param {any} model the served model, or `null` when it is not known
 * @param {"loading" | "key"} unknownFor why it is not: the node loads it, or wants an API key first
 * @param {(question: string) => void} onAsk
 */
export function showWelcome(section, model, unknownFor, onAsk) {
  const unknown = UNKNOWN[unknownFor];
  const isDemo = model !== null && /demo/i.test(`${model.id} ${model.name}`);
  fill(
    section,
    el("h1", null, model === null ? unknown.title : isDemo ? "Ask the demo model" : `Ask ${model.name}`),
    el("p", { class: "quiet" }, model === null ? unknown.about : description(model)),
    el(
      "ul",
      { class: "questions" },
      (model === null ? [] : isDemo ? DEMO_QUESTIONS : QUESTIONS).map(([question = "", about]) =>
        el(
          "li",
          null,
          el(
            "button",
            { type: "button", onclick: () => onAsk(question) },
            el("strong", null, question),
            el("span", { class: "small quiet" }, about),
          ),
        ),
      ),
    ),
    isDemo
      ? el(
          "p",
          { class: "small quiet limits" },
          "It is tiny: it knows this project, a few facts and small sums, and usually says so when it does not know.",
        )
      : null,
  );
}

/** @param {any} model */
function description(model) {
  const experts = model.experts_per_layer.reduce((/** @type {number} */ sum, /** @type {number} */ n) => sum + n, 0);
  return [
    `${plural(experts, "expert")} in ${plural(model.layers, "layer")}, ${count(model.top_k)} of a layer for each token. `,
    `${compact(model.total_parameters)} parameters, every part a signed block. State `,
    el("a", { href: `/explorer?state=${model.state_root}`, class: "mono" }, hash(model.state_root)),
  ];
}
