// The chat page: builds its parts and connects them. Opening, sending and changing conversations is in chatPage.js.
// @ts-check
import { ApiError, getJson } from "../lib/api.js";
import { onConnection } from "../lib/connection.js";
import { byId } from "../lib/dom.js";
import { startShell } from "../lib/shell.js";
import { ChatPage } from "./chatPage.js";
import { codeDialog } from "./codeDialog.js";
import { ConversationDatabase } from "./database.js";
import { settingsDialog } from "./settingsForm.js";
import { bindShortcuts } from "./shortcuts.js";

startShell();
for (const button of document.querySelectorAll("dialog [data-close]")) {
  button.addEventListener("click", () => button.closest("dialog")?.close());
}

const query = new URLSearchParams(location.search);
const page = new ChatPage(await ConversationDatabase.open());
const openSettings = settingsDialog(
  () => page.settings,
  (settings) => page.setSettings(settings),
  () => page.model,
);
page.openSettings = openSettings;
const openCode = codeDialog(() => ({
  messages: page.lastRequest,
  model: page.model?.id ?? "default",
  settings: page.settings,
}));
const openShortcuts = bindShortcuts(
  [
    { key: "n", label: "New chat", run: () => page.startNew() },
    { key: "/", label: "Go to the input", run: () => page.focusInput() },
    { key: "c", label: "Copy the last answer", run: () => page.copyLast() },
    { key: "e", label: "Experts and origin of the answer", run: () => byId("toggle-inspector").click() },
    { key: "s", label: "Settings", run: () => openSettings() },
    { key: "?", label: "This list", run: () => openShortcuts() },
  ],
  () => page.escape(),
);
byId("open-settings").addEventListener("click", openSettings);
byId("show-code").addEventListener("click", openCode);
byId("show-shortcuts").addEventListener("click", () => openShortcuts());
byId("open-chats").addEventListener("click", () => byId("layout").classList.toggle("listing"));
byId("sidebar").addEventListener("click", (event) => {
  if (/** @type {Element} */ (event.target).closest("#new-chat, .chat-title") !== null)
    byId("layout").classList.remove("listing");
});

let asked = false;
/** A node that has refused is not asked again: the page loads anew when a key is given. */
let needsKey = false;
onConnection(async ({ lost, health }) => {
  if (lost || needsKey || (page.model !== null && health?.status === "ready" && asked)) return;
  const models = await getJson("/chain/models").catch((error) => {
    needsKey = error instanceof ApiError && error.status === 401;
    return null;
  });
  const served = models?.items ?? [];
  const wanted = query.get("model");
  page.setModel(
    served.find((/** @type {any} */ model) => model.id === wanted) ?? served[0] ?? null,
    needsKey ? "key" : "loading",
  );
  if (asked || served.length === 0) return;
  asked = true;
  // A question in the address (a search shortcut of the browser) is asked once; a reload does not ask it again.
  const question = query.get("q")?.trim();
  if (question) {
    history.replaceState(null, "", location.pathname);
    await page.ask(question);
  }
});
