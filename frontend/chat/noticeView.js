// The lines below a conversation that say why there is no answer, and what can be done.
// @ts-check
import { el } from "../lib/dom.js";
import { duration } from "../lib/format.js";
import { icon } from "../lib/icons.js";

const HELP = { "new-chat": "New chat", settings: "Settings" };

/**
 * @param {ReturnType<typeof import("./reasons.js").reasonOf>} reason
 * @param {{ onAgain: () => void, onHelp: (help: "new-chat" | "settings") => void }} events
 */
export function noticeElement({ kind, title, text, help, retryAfterMs, commands }, { onAgain, onHelp }) {
  const when = retryAfterMs === null ? "" : ` Next try in ${duration(retryAfterMs)}.`;
  return el(
    "div",
    { class: `notice ${kind}`, role: "status" },
    icon(kind === "full" ? "clock" : "warning"),
    el("strong", null, title),
    el("p", null, text + when),
    commands === null ? null : el("pre", { tabindex: "0" }, commands),
    el(
      "div",
      { class: "notice-actions" },
      el("button", { class: "button small", type: "button", onclick: onAgain }, "Try again"),
      help === null
        ? null
        : el("button", { class: "button small plain", type: "button", onclick: () => onHelp(help) }, HELP[help]),
    ),
  );
}
