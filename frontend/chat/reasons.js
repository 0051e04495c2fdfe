// Why there is no answer, in words, and what helps. "Full" (come back in a moment) is not "failed".
// @ts-check
import { ApiError } from "../lib/api.js";
import { count } from "../lib/format.js";

/**
 * @typedef {object} Reason
 * @property {"full" | "failed"} kind
 * @property {string} title
 * @property {string} text
 * @property {number | null} retryAfterMs when the page tries again by itself; `null`: only when asked
 * @property {"new-chat" | "settings" | null} help what to offer besides trying again
 * @property {string | null} commands what an operator types to put it right
 */

/** Missing parts that are named. */
const MAX_LISTED = 12;

/** @type {Record<string, (error: ApiError) => Partial<Reason>>} */
const REASONS = {
  overloaded: (error) =>
    full(error, "The node is full", "All places are taken. Your question waits here and is asked again."),
  rate_limit_exceeded: (error) => full(error, "Too many requests", "The node takes a break from this address."),
  model_loading: (error) => full(error, "The model is loading", "The node is reading it from the chain."),
  layers_unavailable: (error) => ({
    title: "Parts of the model are not available",
    text: `${missingParts(error.data) || error.message} To serve them, write them to a file on a node that has them, and read it in here while this node is stopped:`,
    commands: "ai-block chain export model.aiblock --payloads all\nai-block chain import model.aiblock",
  }),
  context_length_exceeded: (error) => ({
    title: "The conversation is too long for the model",
    text: `It has ${count(numberOf(error.data.count))} tokens, and the model reads at most ${count(numberOf(error.data.limit))}. Delete messages, or start a new chat.`,
    help: "new-chat",
  }),
  model_not_found: () => ({ title: "The model is not served here", text: "The node serves no model of this name." }),
  node_closing: (error) => full(error, "The node is shutting down", "It finishes what runs and takes nothing new."),
  invalid_value: (error) =>
    error.param === "messages"
      ? { title: "The conversation is too long for the node", text: error.message, help: "new-chat" }
      : {},
  connection_lost: (error) => ({ title: "Connection lost", text: error.message }),
  timeout: (error) => ({ title: "No answer in time", text: error.message }),
};

/** @param {unknown} error @returns {Reason} */
export function reasonOf(error) {
  const known = error instanceof ApiError ? error : new ApiError("page_error", String(error));
  const general = {
    kind: /** @type {const} */ ("failed"),
    title: known.status === 400 ? "The node did not accept the request" : "There is no answer",
    text: known.param === null ? known.message : `${known.message} (${known.param})`,
    retryAfterMs: null,
    commands: null,
    help: known.status === 400 && known.param !== null ? /** @type {const} */ ("settings") : null,
  };
  if (known.status === 429 || known.status === 503) {
    return { ...general, ...(REASONS[known.code] ?? REASONS.overloaded)?.(known) };
  }
  return { ...general, ...REASONS[known.code]?.(known) };
}

/** @param {ApiError} error @param {string} title @param {string} text @returns {Partial<Reason>} */
function full(error, title, text) {
  const wait = error.retryAfterMs ?? numberOf(error.data.retryAfterMs) ?? numberOf(error.data.retry_after_ms) ?? 3000;
  return { kind: "full", title, text, retryAfterMs: Math.min(Math.max(wait, 1000), 60_000) };
}

/** Layers, with the slots where the node names them. @param {Record<string, unknown>} data */
function missingParts({ layers, slots }) {
  const parts = [listOf(layers, "Layers"), listOf(slots, "Parts")].filter((part) => part !== "");
  return parts.join(" ");
}

/** @param {unknown} items @param {string} noun */
function listOf(items, noun) {
  if (!Array.isArray(items) || items.length === 0) return "";
  const rest = items.length - MAX_LISTED;
  return `${noun}: ${items.slice(0, MAX_LISTED).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}.`;
}

/** @param {unknown} value */
function numberOf(value) {
  return typeof value === "number" ? value : null;
}
