// Conversations in the browser's IndexedDB. Titles and messages are two stores, so that the list stays cheap; every
// message is a record of its own, so that saving costs what has changed and not what the whole chat weighs. What two tabs
// write into the same chat becomes two branches of it.
// Where there is no IndexedDB (some private windows) everything is kept until the page is left.
// @ts-check
import { rooted } from "./branches.js";
import { openDatabase, result } from "./databaseSchema.js";

/** @typedef {import("./conversation.js").Conversation} Conversation */
/** @typedef {import("./conversation.js").Message} Message */
/** @typedef {Omit<Conversation, "messages">} ConversationTitle */

export class ConversationDatabase {
  /** @type {IDBDatabase | null} */
  #database;
  /** @type {Map<string, Conversation>} */
  #memory = new Map();

  /** @param {IDBDatabase | null} database */
  constructor(database) {
    this.#database = database;
    // Another tab wants a newer version of the database: do not stand in its way.
    if (database !== null) database.onversionchange = () => database.close();
  }

  static async open() {
    return new ConversationDatabase(await openDatabase().catch(() => null));
  }

  /** Whether what is saved outlives the page. */
  get lasting() {
    return this.#database !== null;
  }

  /** Newest first. @returns {Promise<ConversationTitle[]>} */
  async list() {
    const titles =
      this.#database === null
        ? [...this.#memory.values()]
        : await result(this.#database.transaction("titles").objectStore("titles").getAll());
    return titles.sort((a, b) => b.updatedMs - a.updatedMs);
  }

  /** @param {string} id @returns {Promise<Conversation | null>} */
  async load(id) {
    if (this.#database === null) return this.#memory.get(id) ?? null;
    const transaction = this.#database.transaction(["titles", "versions"]);
    const [title, records] = await Promise.all([
      result(transaction.objectStore("titles").get(id)),
      result(transaction.objectStore("versions").getAll(rangeOf(id))),
    ]);
    return title === undefined ? null : { ...title, messages: rooted(records.map(({ chat, ...message }) => message)) };
  }

  /**
   * Saves the title, what is shown, and these messages; takes others out.
   * @param {Conversation} conversation @param {readonly Message[]} changed @param {readonly Message[]} [removed]
   */
  save(conversation, changed, removed = []) {
    return this.#put(conversation, changed, (versions) => {
      for (const message of removed) versions.delete([conversation.id, message.id]);
    });
  }

  /** Saves a whole conversation in place of what was kept under its id. @param {Conversation} conversation */
  replace(conversation) {
    return this.#put(conversation, conversation.messages, (versions) => versions.delete(rangeOf(conversation.id)));
  }

  /** @param {string} id */
  async remove(id) {
    this.#memory.delete(id);
    await this.#change((titles, versions) => {
      titles.delete(id);
      versions.delete(rangeOf(id));
    });
  }

  async removeAll() {
    this.#memory.clear();
    await this.#change((titles, versions) => {
      titles.clear();
      versions.clear();
    });
  }

  /** @param {Conversation} conversation @param {readonly Message[]} changed @param {(versions: IDBObjectStore) => void} takeOut */
  async #put(conversation, changed, takeOut) {
    const { messages, ...title } = conversation;
    if (this.#database === null) this.#memory.set(conversation.id, conversation);
    await this.#change((titles, versions) => {
      titles.put(title);
      takeOut(versions);
      for (const message of changed) versions.put({ chat: conversation.id, ...message });
    });
  }

  /** All of it or nothing. @param {(titles: IDBObjectStore, versions: IDBObjectStore) => void} change */
  async #change(change) {
    if (this.#database === null) return;
    const transaction = this.#database.transaction(["titles", "versions"], "readwrite");
    change(transaction.objectStore("titles"), transaction.objectStore("versions"));
    await finished(transaction);
  }
}

/** Keys of all messages of a chat: an empty list comes after every text. @param {string} id */
function rangeOf(id) {
  return IDBKeyRange.bound([id], [id, []]);
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function finished(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}
