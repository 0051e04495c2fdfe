/** Every limit of the HTTP server, and why. Times are milliseconds, sizes bytes. */

export const LIMITS = {
  /** From the first byte of a request to the end of its headers. */
  headersTimeoutMs: 10_000,
  /** For a whole JSON body. */
  bodyTimeoutMs: 20_000,
  /** How often the server looks for late headers; its default of 30 s would make the limit above 40 s. */
  connectionsCheckingIntervalMs: 5_000,
  keepAliveTimeoutMs: 10_000,
  maxConnections: 4096,
  maxRequestsPerSocket: 1000,
  /** JSON bodies: conversations, experts in base64, everything else. */
  chatBodyBytes: 1024 * 1024,
  expertBodyBytes: 8 * 1024 * 1024,
  smallBodyBytes: 16 * 1024,
  /** A tool's schema is rarely deeper than 20. */
  jsonDepth: 64,
  /** Room for the longest conversation (three values a message) and its biases. */
  jsonValues: 16_384,
  /** How long, and how much, of a refused body is thrown away so that its client gets to read the answer. */
  lingerMs: 2000,
  lingerSilenceMs: 1000,
  lingerBytes: 16 * 1024 * 1024,
  /** An upload that stops for so long, or is slower than the floor over as long, is cut off; it can be resumed. */
  uploadStallMs: 20_000,
  uploadFloorBytesPerSecond: 16 * 1024,
  /** A stream whose client reads nothing for so long is closed. */
  drainTimeoutMs: 15_000,
  /** The same for a whole answer. Longer than the wait for headers, which ends with an error and not in silence. */
  unreadTimeoutMs: 20_000,
  /** A piece of a large event waits until the socket has room again, so one stream queues a piece and a buffer at most. */
  streamPieceBytes: 16 * 1024,
  /** What a socket queues before its writer waits; Node's own 64 KiB is a lot for thousands of streams. */
  socketBufferBytes: 16 * 1024,
  /** Below the 15 s after which proxies and clients lose patience. */
  keepAliveCommentMs: 10_000,
  /** An answer that streams; one that does not has to be over before clients give up at 5 minutes. */
  streamMs: 10 * 60_000,
  wholeAnswerMs: 280_000,
  streams: 2000,
  /** Ended answers that are remembered. */
  recentAnswers: 100,
  /** Wrong API keys from one address in a minute, before it has to wait. */
  authFailuresPerMinute: 60,
  /** After the error to running answers at the end, before connections are cut. */
  flushMs: 1000,
} as const;

/** Ranges of fields in requests: everything that multiplies work has a most. */
export const FIELD_LIMITS = {
  /** A chat page keeps conversations of hundreds of messages; the context decides what fits. */
  messages: 4096,
  textChars: 900_000,
  stops: 4,
  stopChars: 256,
  /** Larger numbers are mistakes; those below are cut down to what is left of the context. */
  maxTokens: 1_000_000,
  logitBiasEntries: 1024,
  prompts: 8,
  pageItems: 1000,
  blocks: 64,
} as const;
