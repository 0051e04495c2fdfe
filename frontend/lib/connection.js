// Whether the node can be reached, and what it says of itself: one poll of /health for everything on a page.
// @ts-check
import { ApiError, getJson, onUnreachable } from "./api.js";

/** A node that has gone is noticed within this time, and asked for as often until it is back. */
const EVERY_MS = 2000;

/**
 * @typedef {object} Connection
 * @property {boolean} lost
 * @property {any} health the node's last answer, or `null` before the first
 * @property {number | null} seenMs when it came
 */

/** @type {Connection} */
let state = { lost: false, health: null, seenMs: null };
/** @type {Set<(state: Connection) => void>} */
const listeners = new Set();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let asking = false;

/** Calls `listener` now and after each poll. @param {(state: Connection) => void} listener */
export function onConnection(listener) {
  listeners.add(listener);
  if (state.seenMs !== null || state.lost) listener(state);
  if (timer === undefined && !asking) checkNow();
}

/** Asks at once, for example after a request has failed. */
export function checkNow() {
  if (asking) return;
  clearTimeout(timer);
  void ask();
}

async function ask() {
  asking = true;
  try {
    state = { lost: false, health: await getJson("/health"), seenMs: Date.now() };
  } catch (error) {
    state = connectionAfter(error);
  }
  asking = false;
  for (const listener of listeners) listener(state);
  // A page that nobody looks at asks nothing; it asks at once when it is looked at again.
  if (!document.hidden) timer = setTimeout(checkNow, EVERY_MS);
}

/** A node that answers with an error (503 while it loads) is not lost. @param {unknown} error @returns {Connection} */
function connectionAfter(error) {
  if (!(error instanceof ApiError) || error.status === 0) return { ...state, lost: true };
  const known = typeof error.data.status === "string" ? error.data : { status: "loading", reason: error.message };
  return { lost: false, health: known, seenMs: Date.now() };
}

onUnreachable(() => {
  if (!state.lost) checkNow();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && listeners.size > 0) checkNow();
});
