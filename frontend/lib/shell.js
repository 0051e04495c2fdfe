// What every page does: icons, the theme switch, the state of the node in the bar, the line when it cannot be reached.
// @ts-check
import { onConnection } from "./connection.js";
import { byId, fill } from "./dom.js";
import { age } from "./format.js";
import { icon, placeIcons } from "./icons.js";
import { bindThemeSwitch } from "./theme.js";

const WORDS = /** @type {Record<string, string>} */ ({
  ready: "Ready",
  loading: "Loading",
  degraded: "Degraded",
  closing: "Shutting down",
});

export function startShell() {
  placeIcons(document);
  bindThemeSwitch(byId("theme"));
  const bar = byId("lost");
  const dot = byId("node-dot");
  const words = byId("node-words");
  onConnection(({ lost, health, seenMs }) => {
    const status = lost ? "lost" : (health?.status ?? "loading");
    dot.className = `dot ${status in WORDS || lost ? status : "loading"}`;
    words.textContent = lost ? "Connection lost" : (WORDS[status] ?? status);
    byId("node-state").title = lost ? "" : (health?.reason ?? "");
    if (lost) fill(bar, icon("unlink"), `Connection to the node lost, retrying. What you see is from ${age(seenMs)}.`);
    bar.hidden = !lost;
  });
}
