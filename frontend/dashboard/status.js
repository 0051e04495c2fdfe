// One line at the top: healthy, degraded or not reachable, and why; and how old what is shown is.
// @ts-check
import { byId, el, fill } from "../lib/dom.js";
import { age } from "../lib/format.js";

/** @typedef {import("../lib/connection.js").Connection} Connection */

/** @type {Connection} */
let last = { lost: false, health: null, seenMs: null };
let shown = "";

/** @param {Connection | null} connection `null`: the last one, at a later time */
export function showStatus(connection) {
  last = connection ?? last;
  const { state, title, why } = verdict(last);
  const seen = last.seenMs === null ? "" : `as of ${age(last.seenMs)}`;
  // Only a change is written, so that a screen reader says it once.
  if (shown !== title + why) {
    shown = title + why;
    fill(
      byId("status"),
      el("span", { class: `dot ${state}` }),
      el("h1", null, title),
      el("span", { class: "small quiet", id: "age", "aria-live": "off" }, seen),
      el("p", null, why),
    );
  }
  const line = document.getElementById("age");
  if (line !== null && line.textContent !== seen) line.textContent = seen;
}

/** @param {Connection} connection */
function verdict({ lost, health }) {
  if (lost)
    return {
      state: "lost",
      title: "Not reachable",
      why: "This page cannot reach the node. It asks again every two seconds.",
    };
  if (health === null) return { state: "loading", title: "Connecting", why: "Asking the node." };
  const reason = health.reason || "";
  switch (health.status) {
    case "ready": {
      const { running = 0, waiting = 0 } = health.load ?? {};
      return waiting > 0
        ? { state: "degraded", title: "Busy", why: `${running} answers run, ${waiting} wait for a place.` }
        : { state: "ready", title: "Healthy", why: "The model is loaded and every layer answers here." };
    }
    case "loading":
      return { state: "loading", title: "Loading", why: reason || "The node reads its model from the chain." };
    case "closing":
      return {
        state: "closing",
        title: "Shutting down",
        why: reason || "It finishes what runs and takes nothing new.",
      };
    default:
      return { state: "degraded", title: "Degraded", why: reason || "The node gave no reason." };
  }
}
