// The stores of the browser's database, and the way from their first version to the present one.
// 1: "titles" {id, title, times}, "messages" {id of the chat, all its messages in order}
// 2: "titles" {id, title, times, shown}, "versions" {chat, the message}: one record a message, in a tree
// @ts-check
import { chained } from "./branches.js";

const NAME = "ai-block";
const VERSION = 2;

/** Opens the database and brings it to the present version. Rejects where the browser has none, or lends none. @returns {Promise<IDBDatabase>} */
export async function openDatabase() {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = ({ oldVersion }) => {
    const database = request.result;
    database.createObjectStore("versions", { keyPath: ["chat", "id"] });
    if (oldVersion === 0) database.createObjectStore("titles", { keyPath: "id" });
    else moveMessages(database, /** @type {IDBTransaction} */ (request.transaction));
  };
  return result(request);
}

/** One chat after the other, so that they need not fit into memory together. @param {IDBDatabase} database @param {IDBTransaction} transaction */
function moveMessages(database, transaction) {
  const versions = transaction.objectStore("versions");
  const titles = transaction.objectStore("titles").openCursor();
  titles.onsuccess = () => {
    const cursor = titles.result;
    if (cursor === null) return;
    cursor.update({ ...cursor.value, shown: [] });
    cursor.continue();
  };
  const messages = transaction.objectStore("messages").openCursor();
  messages.onsuccess = () => {
    const cursor = messages.result;
    if (cursor === null) {
      database.deleteObjectStore("messages");
      return;
    }
    for (const message of chained(cursor.value.messages)) versions.put({ chat: cursor.value.id, ...message });
    cursor.continue();
  };
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
export function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
