// A conversation: messages in order, and what is known of each answer. Plain data that IndexedDB and JSON can hold.
// @ts-check

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
 * @property {string} id
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
 * @property {Message[]} messages
 */

/** @returns {Conversation} */
export function newConversation() {
  const now = Date.now();
  return { id: newId(), title: "", createdMs: now, updatedMs: now, messages: [] };
}

/** Appends a message and gives it back. @param {Conversation} conversation @param {Message["role"]} role @param {string} content */
export function addMessage(conversation, role, content) {
  /** @type {Message} */
  const message = { id: newId(), role, content, createdMs: Date.now() };
  conversation.messages.push(message);
  conversation.updatedMs = message.createdMs;
  if (conversation.title === "" && role === "user") conversation.title = titleOf(content);
  return message;
}

/** Drops the message and all that follow; gives back how many. @param {Conversation} conversation @param {string} id */
export function cutFrom(conversation, id) {
  const at = conversation.messages.findIndex((message) => message.id === id);
  return at < 0 ? 0 : conversation.messages.splice(at).length;
}

/** Drops a message; with a question also its answer. @param {Conversation} conversation @param {string} id */
export function removeMessage(conversation, id) {
  const at = conversation.messages.findIndex((message) => message.id === id);
  if (at < 0) return;
  const isQuestion = conversation.messages[at]?.role === "user";
  const answered = isQuestion && conversation.messages[at + 1]?.role === "assistant";
  conversation.messages.splice(at, answered ? 2 : 1);
  conversation.updatedMs = Date.now();
}

/** The messages as the node takes them. @param {Conversation} conversation @param {string} systemPrompt */
export function requestMessages(conversation, systemPrompt) {
  const messages = conversation.messages
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
