// The API key of a node that asks for one. It is kept for this tab only and sent to this node only.
// @ts-check

const KEY = "ai-block.apiKey";

let kept = read();

/** The header that carries the key; none without one. @returns {Record<string, string>} */
export function authorization() {
  return kept === "" ? {} : { authorization: `Bearer ${kept}` };
}

export function apiKey() {
  return kept;
}

/** @param {string} key */
export function setApiKey(key) {
  kept = key.trim();
  try {
    sessionStorage.setItem(KEY, kept);
  } catch {
    // Storage is switched off: the key lasts until the page is left.
  }
}

function read() {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}
