// Versions of a message, and the path through them. A question that was changed and an answer that was asked for again
// stand beside the earlier one: they follow the same message. What is shown, and sent, is one path from the first message
// to the last. Every message comes after its parent in `messages`, so one pass over them is enough for everything here.
// @ts-check

/** @typedef {import("./conversation.js").Conversation} Conversation */
/** @typedef {import("./conversation.js").Message} Message */

/**
 * @typedef {object} Version a message that is shown, and which of its versions it is
 * @property {Message} message
 * @property {number} at 1 for the oldest
 * @property {number} of how many versions there are
 */

/** The path that is shown, first message first. @param {Pick<Conversation, "messages" | "shown">} conversation @returns {Version[]} */
export function shownVersions({ messages, shown }) {
  const chosen = new Set(shown);
  /** The version that is shown after a message. @type {Map<string | null, Version>} */
  const next = new Map();
  for (const message of messages) {
    const before = next.get(message.parentId);
    const of = (before?.of ?? 0) + 1;
    const isShown = before === undefined || !chosen.has(before.message.id);
    next.set(message.parentId, isShown ? { message, at: of, of } : { ...before, of });
  }
  const path = [];
  for (let at = next.get(null); at !== undefined; at = next.get(at.message.id)) path.push(at);
  return path;
}

/** @param {Pick<Conversation, "messages" | "shown">} conversation @returns {Message[]} */
export function shownMessages(conversation) {
  return shownVersions(conversation).map(({ message }) => message);
}

/** All versions of a message, itself among them, oldest first. @param {Pick<Conversation, "messages">} conversation @param {Message} message */
export function versionsOf({ messages }, { parentId }) {
  return messages.filter((other) => other.parentId === parentId);
}

/** Shows this version, and what was last shown after it. @param {Conversation} conversation @param {Message} message */
export function showVersion(conversation, message) {
  const versions = new Set(versionsOf(conversation, message).map(({ id }) => id));
  const others = conversation.shown.filter((id) => !versions.has(id));
  conversation.shown = versions.size > 1 ? [...others, message.id] : others;
}

/**
 * @typedef {object} Removal
 * @property {Message[]} removed
 * @property {Message[]} moved follow what was before the removed ones
 * @property {string | null} parentId
 */

/** What goes with one version of a message: all that follows it. @param {Conversation} conversation @param {Message} message @returns {Removal} */
export function removalOfVersion(conversation, message) {
  return { removed: withFollowers(conversation, [message], []), moved: [], parentId: message.parentId };
}

/**
 * What goes with a message that is shown: its other versions; with a question also its answers. What is shown after it
 * stays, and what follows other versions goes.
 * @param {Conversation} conversation @param {Message} message @returns {Removal}
 */
export function removalOfMessage(conversation, message) {
  const path = shownMessages(conversation);
  const at = path.indexOf(message);
  const answered = message.role === "user" && path[at + 1]?.role === "assistant";
  const next = path[at + (answered ? 2 : 1)];
  const moved = next === undefined ? [] : versionsOf(conversation, next);
  const removed = withFollowers(conversation, versionsOf(conversation, message), moved);
  return { removed, moved, parentId: message.parentId };
}

/** @param {Conversation} conversation @param {Removal} removal */
export function remove(conversation, { removed, moved, parentId }) {
  const gone = new Set(removed);
  const ids = new Set(removed.map(({ id }) => id));
  for (const message of moved) message.parentId = parentId;
  conversation.messages = conversation.messages.filter((message) => !gone.has(message));
  conversation.shown = conversation.shown.filter((id) => !ids.has(id));
  conversation.updatedMs = Date.now();
}

/** These messages and all that follow them, except `kept` and what follows those. @param {Conversation} conversation @param {Message[]} first @param {Message[]} kept */
function withFollowers({ messages }, first, kept) {
  const ids = new Set(first.map(({ id }) => id));
  return messages.filter((message) => {
    const follows = message.parentId !== null && ids.has(message.parentId) && !kept.includes(message);
    if (follows) ids.add(message.id);
    return ids.has(message.id);
  });
}

/**
 * Messages that only stand in order, as chats were kept before there were versions: each follows the one before.
 * @param {readonly Omit<Message, "number" | "parentId">[]} messages @returns {Message[]}
 */
export function chained(messages) {
  return messages.map((message, number) => ({ ...message, number, parentId: messages[number - 1]?.id ?? null }));
}

/** By number, without those that follow a message that is gone (another tab deleted it). @param {Message[]} messages */
export function rooted(messages) {
  /** @type {Set<string | null>} */
  const known = new Set([null]);
  messages.sort((a, b) => a.number - b.number);
  return messages.filter(({ id, parentId }) => known.has(parentId) && known.add(id));
}
