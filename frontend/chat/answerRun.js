// One answer: asks the node, reads its events, and keeps what is known so far. Aborting the signal closes the
// connection, and the node stops computing.
// @ts-check
import { ApiError, asApiError, errorOf, post } from "../lib/api.js";
import { readEvents } from "../lib/sse.js";
import { TokenTexts } from "./tokenTexts.js";

/** Tokens whose experts are kept: what comes after still counts in the map, but cannot be pointed at. */
const MAX_KEPT_TOKENS = 4096;

/**
 * @typedef {import("./conversation.js").AnswerToken} AnswerToken
 *
 * @typedef {{ stage: "loading" } | { stage: "queue", ahead: number } | { stage: "prompt", tokens: number, total: number }}
 *   Progress an engine is loaded, others come first, or a long conversation is being read
 */

export class AnswerRun {
  text = "";
  /** @type {AnswerToken[]} */
  tokens = [];
  /** @type {import("./conversation.js").AnswerDetails} */
  details = {};
  /** Weight routed to each expert so far, per layer. @type {Map<number, Map<number, number>>} */
  mass = new Map();
  tokenCount = 0;
  /** What happens before the first token, as far as the node tells. @type {Progress | null} */
  progress = null;
  startedMs = performance.now();
  /** @type {number | null} */
  firstTokenMs = null;
  #texts = new TokenTexts();

  /**
   * Runs to the end of the answer. Throws `ApiError`, or the signal's `AbortError`; what came before stays.
   * @param {Record<string, unknown>} body @param {AbortSignal} signal @param {() => void} changed after every event
   */
  async run(body, signal, changed) {
    this.startedMs = performance.now();
    const response = await post("/chat", body, signal);
    if (response.body === null) throw new ApiError("bad_answer", "The node's answer has no content.");
    try {
      for await (const event of readEvents(response.body)) {
        this.#take(event);
        changed();
        if (this.details.finish_reason !== undefined) return;
      }
    } catch (error) {
      throw asApiError(error);
    }
    throw new ApiError("connection_lost", "The connection was lost in the middle of the answer.");
  }

  /** Tokens per second since the first one; `null` before the second. */
  get tokensPerSecond() {
    if (this.firstTokenMs === null || this.tokenCount < 2) return null;
    const seconds = (performance.now() - this.startedMs - this.firstTokenMs) / 1000;
    return seconds > 0 ? (this.tokenCount - 1) / seconds : null;
  }

  /** @param {import("../lib/sse.js").ServerEvent} event */
  #take(event) {
    const data = parse(event.data);
    const type = event.type === "message" ? data?.type : event.type;
    if (type === "start") {
      Object.assign(this.details, withoutType(data));
      // Whatever had to be loaded is there.
      this.progress = null;
    } else if (type === "token" || type === "text") this.#takeText(data);
    else if (type === "progress") this.progress = data;
    else if (type === "done") Object.assign(this.details, withoutType(data));
    else if (type === "error" || data?.error !== undefined) throw errorOf(data);
  }

  /** @param {any} data */
  #takeText(data) {
    const tokens = Array.isArray(data.tokens) ? data.tokens : [];
    if (this.firstTokenMs === null && tokens.length > 0) this.firstTokenMs = performance.now() - this.startedMs;
    if (typeof data.text === "string") this.text += data.text;
    for (const token of tokens) {
      this.tokenCount++;
      const routing = Array.isArray(token.routing) ? token.routing : [];
      const text = this.#texts.next(token.bytes);
      if (this.tokens.length < MAX_KEPT_TOKENS) this.tokens.push({ text, routing });
      for (const { layer, experts, weights } of routing) this.#addMass(layer, experts, weights);
    }
  }

  /** @param {number} layer @param {number[]} experts @param {number[]} weights */
  #addMass(layer, experts, weights) {
    let row = this.mass.get(layer);
    if (row === undefined) {
      row = new Map();
      this.mass.set(layer, row);
    }
    for (const [i, expert] of experts.entries()) row.set(expert, (row.get(expert) ?? 0) + (weights[i] ?? 0));
  }
}

/** @param {string} data */
function parse(data) {
  try {
    return JSON.parse(data);
  } catch {
    throw new ApiError("bad_answer", "The node sent an event that is not JSON.");
  }
}

/** @param {any} data */
function withoutType(data) {
  const { type, ...rest } = data;
  void type;
  return rest;
}
