// Chats as the text of a JSON file. What comes in is not trusted: every field is checked, unknown ones are dropped.
// Version 1 knew no versions of a message: there each message follows the one before.
// @ts-check
import { chained } from "./branches.js";
import { checkedMessage, isId, timeOf } from "./checkedMessage.js";

/** @typedef {import("./conversation.js").Conversation} Conversation */
/** @typedef {import("./conversation.js").Message} Message */

const FORMAT = "ai-block-chats";
const VERSION = 2;

/** @param {readonly Conversation[]} conversations */
export function exportText(conversations) {
  return JSON.stringify({ format: FORMAT, version: VERSION, conversations }, null, 1);
}

/** The chats in a file. Throws an `Error` with a sentence for the person. @param {string} text @returns {Conversation[]} */
export function parseExport(text) {
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Error("The file is not JSON.");
  }
  if (data?.format !== FORMAT || !Array.isArray(data.conversations)) {
    throw new Error("The file holds no chats of this page.");
  }
  if (data.version !== 1 && data.version !== VERSION) {
    throw new Error(`The file has version ${data.version}; this page reads versions 1 and ${VERSION}.`);
  }
  return data.conversations.map((/** @type {any} */ chat) => checkedConversation(chat, data.version));
}

/** @param {any} value @param {number} version @returns {Conversation} */
function checkedConversation(value, version) {
  if (!isId(value?.id) || !Array.isArray(value.messages)) throw new Error("A chat in the file is damaged.");
  const messages = version === 1 ? chained(value.messages.map(checkedMessage)) : checkedTree(value.messages);
  const ids = new Set(messages.map(({ id }) => id));
  if (ids.size < messages.length) throw new Error("Two messages in the file have the same id.");
  return {
    id: value.id,
    title: String(value.title ?? "").slice(0, 200),
    createdMs: timeOf(value.createdMs),
    updatedMs: timeOf(value.updatedMs),
    shown: Array.isArray(value.shown) ? value.shown.filter((/** @type {any} */ id) => ids.has(id)) : [],
    messages,
  };
}

/** Each message follows one that stands before it, so there is no circle. @param {any[]} values @returns {Message[]} */
function checkedTree(values) {
  const known = new Set([null]);
  return values.map((value, number) => {
    const message = checkedMessage(value);
    if (!known.has(value.parentId)) throw new Error("A message in the file follows one that is not there.");
    known.add(/** @type {any} */ (message.id));
    return { ...message, number, parentId: value.parentId };
  });
}
