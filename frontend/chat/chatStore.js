// Saved chats and the list of them beside the conversation: open, delete, export, import.
// @ts-check
import { byId } from "../lib/dom.js";
import { plural } from "../lib/format.js";
import { confirmed } from "./confirm.js";
import { exportText } from "./exportFile.js";
import { Sidebar } from "./sidebar.js";
import { readFile, saveFile } from "./transfer.js";

/** @typedef {import("./conversation.js").Conversation} Conversation */
/** @typedef {import("./conversation.js").Message} Message */

export class ChatStore {
  #database;
  #events;
  #sidebar;
  /** Chats that were deleted: an answer that still ran in one of them must not bring it back. @type {Set<string>} */
  #deleted = new Set();

  /**
   * @param {import("./database.js").ConversationDatabase} database
   * @param {{ openId: () => string, onOpen: (id: string) => void, onGone: () => void, onReplaced: () => void, say: (text: string) => void }} events
   */
  constructor(database, events) {
    this.#database = database;
    this.#events = events;
    this.#sidebar = new Sidebar({ onOpen: events.onOpen, onDelete: (id, title) => void this.#remove(id, title) });
    if (!database.lasting)
      byId("chats-note").textContent = "This browser keeps nothing: chats last until the page is left.";
    const file = /** @type {HTMLInputElement} */ (byId("import-file"));
    byId("export").addEventListener("click", () => void this.#export());
    byId("import").addEventListener("click", () => file.click());
    file.addEventListener("change", () => void this.#import(file));
    byId("delete-all").addEventListener("click", () => void this.#removeAll());
  }

  /**
   * Saves what changed, and shows it in the list.
   * @param {Conversation} conversation @param {{ changed?: readonly Message[], removed?: readonly Message[] }} what
   */
  async save(conversation, what) {
    await this.#write(conversation, what);
    await this.refresh();
  }

  /** Saves an answer as far as it is written, in case the tab is closed. @param {Conversation} conversation @param {Message} message */
  saveDraft(conversation, message) {
    return this.#write(conversation, { changed: [message] });
  }

  /**
   * A failed write (a full disk, storage withdrawn) is said once it happens, and the chat goes on.
   * @param {Conversation} conversation @param {{ changed?: readonly Message[], removed?: readonly Message[] }} what
   */
  async #write(conversation, { changed = [], removed = [] }) {
    if (this.#deleted.has(conversation.id)) return;
    try {
      if (conversation.messages.length === 0) await this.#database.remove(conversation.id);
      else await this.#database.save(conversation, changed, removed);
    } catch {
      this.#events.say("The browser could not save this chat.");
    }
  }

  /** @param {string} id */
  load(id) {
    return this.#database.load(id);
  }

  async refresh() {
    // A database that does not answer any more must not stop the conversation: the list stays as it is.
    const titles = await this.#database.list().catch(() => null);
    if (titles !== null) this.#sidebar.show(titles, this.#events.openId());
  }

  /** @param {string} id @param {string} title */
  async #remove(id, title) {
    if (!(await confirmed("Delete this chat?", `“${title}” is removed from this browser.`))) return;
    this.#deleted.add(id);
    await this.#database.remove(id);
    if (id === this.#events.openId()) this.#events.onGone();
    await this.refresh();
  }

  async #removeAll() {
    const titles = await this.#database.list();
    if (titles.length === 0) return this.#events.say("There are no chats.");
    if (!(await confirmed("Delete all chats?", `${plural(titles.length, "chat")} will be removed from this browser.`)))
      return;
    for (const { id } of titles) this.#deleted.add(id);
    await this.#database.removeAll();
    this.#events.onGone();
  }

  async #export() {
    const titles = await this.#database.list();
    const chats = await Promise.all(titles.map(({ id }) => this.#database.load(id)));
    const found = chats.filter((chat) => chat !== null);
    if (found.length === 0) return this.#events.say("There are no chats.");
    saveFile(`ai-block-chats-${new Date().toISOString().slice(0, 10)}.json`, exportText(found));
  }

  /** @param {HTMLInputElement} input */
  async #import(input) {
    const file = input.files?.[0];
    input.value = "";
    if (file === undefined) return;
    try {
      const chats = await readFile(file);
      for (const chat of chats) {
        this.#deleted.delete(chat.id);
        await this.#database.replace(chat);
      }
      if (chats.some(({ id }) => id === this.#events.openId())) this.#events.onReplaced();
      this.#events.say(`${plural(chats.length, "chat")} imported.`);
    } catch (error) {
      this.#events.say(/** @type {Error} */ (error).message);
    }
    await this.refresh();
  }
}
