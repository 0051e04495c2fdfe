// A message of a file that a person imports: what is not as it should be is refused, what is not known is dropped.
// @ts-check

/** @typedef {Omit<import("./conversation.js").Message, "number" | "parentId">} MessageContent */

/** Throws an `Error` with a sentence for the person. @param {any} value @returns {MessageContent} */
export function checkedMessage(value) {
  const role = value?.role;
  if (!isId(value?.id) || (role !== "user" && role !== "assistant") || typeof value.content !== "string") {
    throw new Error("A message in the file is damaged.");
  }
  /** @type {MessageContent} */
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

/** 32 hex digits. @param {unknown} value */
export function isId(value) {
  return typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
}

/** @param {unknown} value */
function isPlainObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Milliseconds since 1970; 0 when it is no number. @param {unknown} value */
export function timeOf(value) {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
