// Asks for the API key, when the node says that it needs one. The same on every page.
// @ts-check
import { apiKey, setApiKey } from "./apiKey.js";
import { el } from "./dom.js";

/** @type {HTMLDialogElement | null} */
let open = null;

/** Shows the dialog once; a key that is given loads the page again. */
export function askForKey() {
  if (open !== null) return;
  const input = el("input", {
    class: "input",
    id: "api-key",
    type: "password",
    autocomplete: "off",
    spellcheck: "false",
    required: true,
    "aria-describedby": "key-about",
  });
  const refused = apiKey() !== "";
  const form = el(
    "form",
    { method: "dialog" },
    el("h2", { id: "key-title" }, "This node asks for an API key"),
    el(
      "p",
      { id: "key-about", class: "quiet" },
      refused ? "It does not take the key that you gave: it is mistyped, or was revoked. " : "",
      "Its operator makes one with ",
      el("code", {}, "ai-block keys create"),
      ". The key stays in this tab and is sent to this node only.",
    ),
    el("div", { class: "field" }, el("label", { for: "api-key" }, "API key"), input),
    el("div", { class: "dialog-foot" }, el("button", { class: "button primary", type: "submit" }, "Use it")),
  );
  const dialog = el("dialog", { "aria-labelledby": "key-title", class: "key-dialog" }, form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    setApiKey(input.value);
    location.reload();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    open = null;
  });
  document.body.append(dialog);
  open = dialog;
  dialog.showModal();
}
