// Conversations in the browser's IndexedDB. Titles and messages are two stores, so that the list stays cheap.
// Where there is no IndexedDB (some private windows) everything is kept until the page is left.
// @ts-check

/** @typedef {import("./conversation.js").Conversation} Conversation */
/** @typedef {Omit<Conversation, "messages">} ConversationTitle */

const NAME = "ai-block";
const VERSION = 1;

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
    if (this.#database === null) return structuredClone(this.#memory.get(id) ?? null);
    const transaction = this.#database.transaction(["titles", "messages"]);
    const [title, stored] = await Promise.all([
      result(transaction.objectStore("titles").get(id)),
      result(transaction.objectStore("messages").get(id)),
    ]);
    return title === undefined ? null : { ...title, messages: stored?.messages ?? [] };
  }

  /** @param {Conversation} conversation */
  async save(conversation) {
    const { messages, ...title } = conversation;
    if (this.#database === null) {
      this.#memory.set(conversation.id, structuredClone(conversation));
      return;
    }
    const transaction = this.#database.transaction(["titles", "messages"], "readwrite");
    transaction.objectStore("titles").put(title);
    transaction.objectStore("messages").put({ id: conversation.id, messages });
    await finished(transaction);
  }

  /** @param {string} id */
  async remove(id) {
    await this.#change((store) => store.delete(id));
    this.#memory.delete(id);
  }

  async removeAll() {
    await this.#change((store) => store.clear());
    this.#memory.clear();
  }

  /** @param {(store: IDBObjectStore) => unknown} change */
  async #change(change) {
    if (this.#database === null) return;
    const transaction = this.#database.transaction(["titles", "messages"], "readwrite");
    change(transaction.objectStore("titles"));
    change(transaction.objectStore("messages"));
    await finished(transaction);
  }
}

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("titles", { keyPath: "id" });
    request.result.createObjectStore("messages", { keyPath: "id" });
  };
  return result(request);
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function finished(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}
