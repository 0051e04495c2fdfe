// A conversation: messages, what is known of each answer, and what is sent of it. Plain data that IndexedDB and JSON can
// hold. Messages form a tree, because a question that was changed and an answer that was asked for again stay beside the
// new one; branches.js finds the path through it that the page shows.
// @ts-check
import { shownMessages, showVersion } from "./branches.js";

const MAX_TITLE_CHARS = 60;

/**
 * @typedef {{ layer: number, experts: number[], weights: number[] }} RoutedLayer
 * @typedef {{ text: string, routing: RoutedLayer[] }} AnswerToken the text that a person sees for it
 *
 * @typedef {object} AnswerDetails what the node told about an answer; in the node's own names
 * @property {string} [model]
 * @property {string} [state_root]
 * @property {string} [precision]
 * @property {string} [request_id]
 * @property {string} [finish_reason] "stop", "length"; "stopped" when the person pressed Stop
 * @property {any} [usage]
 * @property {any} [timings]
 * @property {any[]} [experts]
 * @property {any} [cache]
 * @property {number[]} [shape] experts of each layer of the model that answered
 *
 * @typedef {object} Message
 * @property {string} id 32 hex digits
 * @property {number} number grows in the order in which the messages of a conversation were made
 * @property {string | null} parentId the message that this one follows; it has a smaller number
 * @property {"user" | "assistant"} role
 * @property {string} content
 * @property {number} createdMs
 * @property {AnswerDetails} [details]
 * @property {AnswerToken[]} [tokens]
 *
 * @typedef {object} Conversation
 * @property {string} id
 * @property {string} title
 * @property {number} createdMs
 * @property {number} updatedMs
 * @property {string[]} shown of messages with several versions, the one that is shown; where none is, it is the last
 * @property {Message[]} messages all versions, by number: each comes after the one that it follows
 */

/** @returns {Conversation} */
export function newConversation() {
  const now = Date.now();
  return { id: newId(), title: "", createdMs: now, updatedMs: now, shown: [], messages: [] };
}

/**
 * Adds a message, shows it, and gives it back.
 * @param {Conversation} conversation @param {Message["role"]} role @param {string} content
 * @param {string | null} [parentId] the message that it follows; default: the last one that is shown
 */
export function addMessage(conversation, role, content, parentId = shownMessages(conversation).at(-1)?.id ?? null) {
  const number = (conversation.messages.at(-1)?.number ?? -1) + 1;
  /** @type {Message} */
  const message = { id: newId(), number, parentId, role, content, createdMs: Date.now() };
  conversation.messages.push(message);
  showVersion(conversation, message);
  conversation.updatedMs = message.createdMs;
  if (conversation.title === "" && role === "user") conversation.title = titleOf(content);
  return message;
}

/** The messages as the node takes them. @param {readonly Message[]} shown @param {string} systemPrompt */
export function requestMessages(shown, systemPrompt) {
  const messages = shown
    .filter(({ content }) => content !== "")
    .map(({ role, content }) => ({ role: /** @type {string} */ (role), content }));
  return systemPrompt.trim() === "" ? messages : [{ role: "system", content: systemPrompt }, ...messages];
}

/** The first words: no request is made to find a title. @param {string} text */
export function titleOf(text) {
  const line = text.trim().replaceAll(/\s+/g, " ");
  if (line.length <= MAX_TITLE_CHARS) return line;
  const cut = line.slice(0, MAX_TITLE_CHARS);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), 30))}…`;
}

/** 32 hex digits. `crypto.randomUUID` is missing over plain http from another machine. */
function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
