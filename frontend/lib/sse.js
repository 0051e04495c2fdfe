// Server-sent events from the body of a fetch. An event that the connection cut off is not reported.
// @ts-check

/** Longest event that is taken: a server that never ends one cannot fill the memory. */
const MAX_EVENT_CHARS = 4 * 1024 * 1024;

/**
 * @typedef {{ type: string, data: string }} ServerEvent
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<ServerEvent, void, void>}
 */
export async function* readEvents(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffer = "";
  let type = "";
  /** @type {string[]} */
  let data = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      buffer += decoder.decode(value, { stream: true });
      if (buffer.length > MAX_EVENT_CHARS) throw new Error("the server sent an event that is too long");
      const lines = buffer.split(/\r\n|\n|\r(?!$)/);
      buffer = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (data.length > 0) yield { type: type || "message", data: data.join("\n") };
          type = "";
          data = [];
        } else if (line.startsWith("data:")) {
          data.push(line.slice(line[5] === " " ? 6 : 5));
        } else if (line.startsWith("event:")) {
          type = line.slice(6).trim();
        }
      }
    }
  } finally {
    // Leaving the loop early closes the connection, which stops the engine.
    await reader.cancel().catch(() => {});
  }
}
