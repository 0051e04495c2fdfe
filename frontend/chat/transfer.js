// Chats as a JSON file, out and in. What comes in is not trusted: every field is checked, unknown ones are dropped.
// @ts-check

/** @typedef {import("./conversation.js").Conversation} Conversation */
/** @typedef {import("./conversation.js").Message} Message */

const FORMAT = "ai-block-chats";
const VERSION = 1;
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** @param {readonly Conversation[]} conversations */
export function exportText(conversations) {
  return JSON.stringify({ format: FORMAT, version: VERSION, conversations }, null, 1);
}

/** Offers `text` as a file to save. @param {string} name @param {string} text */
export function saveFile(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The chats in a file. Throws an `Error` with a sentence for the person. @param {File} file @returns {Promise<Conversation[]>} */
export async function readFile(file) {
  if (file.size > MAX_FILE_BYTES) throw new Error("The file is larger than 64 MiB.");
  return parseExport(await file.text());
}

/** @param {string} text @returns {Conversation[]} */
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
  if (data.version !== VERSION)
    throw new Error(`The file has version ${data.version}; this page reads version ${VERSION}.`);
  return data.conversations.map(checkedConversation);
}

/** @param {any} value @returns {Conversation} */
function checkedConversation(value) {
  if (!isId(value?.id) || !Array.isArray(value.messages)) throw new Error("A chat in the file is damaged.");
  return {
    id: value.id,
    title: String(value.title ?? "").slice(0, 200),
    createdMs: timeOf(value.createdMs),
    updatedMs: timeOf(value.updatedMs),
    messages: value.messages.map(checkedMessage),
  };
}

/** @param {any} value @returns {Message} */
function checkedMessage(value) {
  const role = value?.role;
  if (!isId(value?.id) || (role !== "user" && role !== "assistant") || typeof value.content !== "string") {
    throw new Error("A message in the file is damaged.");
  }
  /** @type {Message} */
  const message = { id: value.id, role, content: value.content, createdMs: timeOf(value.createdMs) };
  if (isPlainObject(value.details)) message.details = checkedDetails(value.details);
  if (Array.isArray(value.tokens)) message.tokens = value.tokens.filter(isToken);
  return message;
}

/** @param {any} details */
function checkedDetails(details) {
  const isShape = Array.isArray(details.shape) && details.shape.every(Number.isInteger);
  const experts = Array.isArray(details.experts) ? details.experts.filter(isExpert) : undefined;
  const texts = ["model", "state_root", "precision", "request_id", "finish_reason"];
  return {
    ...Object.fromEntries(texts.flatMap((name) => (typeof details[name] === "string" ? [[name, details[name]]] : []))),
    ...Object.fromEntries(
      ["usage", "timings", "cache"].flatMap((name) => (isPlainObject(details[name]) ? [[name, details[name]]] : [])),
    ),
    ...(isShape
      ? { shape: details.shape.slice(0, 1024).map((/** @type {number} */ n) => Math.min(Math.max(n, 0), 4096)) }
      : {}),
    ...(experts === undefined ? {} : { experts }),
  };
}

/** @param {any} value */
function isExpert(value) {
  return (
    [value?.slot, value?.block, value?.author].every((text) => typeof text === "string") &&
    typeof value.share === "number"
  );
}

/** @param {any} value */
function isToken(value) {
  const isRouted = (/** @type {any} */ routed) =>
    Number.isInteger(routed?.layer) &&
    [routed.experts, routed.weights].every((list) => Array.isArray(list) && list.every(Number.isFinite));
  return typeof value?.text === "string" && Array.isArray(value.routing) && value.routing.every(isRouted);
}

/** @param {unknown} value */
function isId(value) {
  return typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
}

/** @param {unknown} value */
function isPlainObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {unknown} value */
function timeOf(value) {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
