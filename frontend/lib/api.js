// Requests to the node this page came from. Errors carry the node's stable code; a connection that fails has its own.
// @ts-check
import { authorization } from "./apiKey.js";
import { askForKey } from "./keyDialog.js";

const TIMEOUT_MS = 15_000;
const PAGE_ITEMS = 1000;
/** What a page can show at all; the largest models have some 15,000 experts. */
const MAX_ITEMS = 50_000;

let unreachable = () => {};

/** Calls `listener` when a request has not reached the node. @param {() => void} listener */
export function onUnreachable(listener) {
  unreachable = listener;
}

/** What went wrong: `code` is the node's, or `connection_lost`, `timeout`, `bad_answer`. */
export class ApiError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{ status?: number, param?: string | null, data?: Record<string, unknown>, retryAfterMs?: number | null }} [more]
   */
  constructor(code, message, more = {}) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.status = more.status ?? 0;
    this.param = more.param ?? null;
    this.data = more.data ?? {};
    this.retryAfterMs = more.retryAfterMs ?? null;
  }
}

/**
 * A JSON document. Throws `ApiError`.
 * @param {string} path
 * @param {{ signal?: AbortSignal }} [options]
 * @returns {Promise<any>}
 */
export async function getJson(path, { signal } = {}) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await send(path, { signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]) });
  return readJson(response);
}

/**
 * All items of a list that comes in pages, or `null` when `read` finds no list. Throws `ApiError`.
 * @param {string} path
 * @param {(path: string) => Promise<any>} [read]
 * @returns {Promise<any[] | null>}
 */
export async function allItems(path, read = getJson) {
  const items = [];
  for (let cursor = null; ; ) {
    const page = await read(
      `${path}?limit=${PAGE_ITEMS}${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    if (page === null) return null;
    items.push(...page.items);
    cursor = page.next_cursor;
    if (cursor === null || items.length >= MAX_ITEMS) return items;
  }
}

/** Like `getJson`, but `null` when there is no such thing. @param {string} path @param {{ signal?: AbortSignal }} [options] */
export async function findJson(path, options) {
  try {
    return await getJson(path, options);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** Like `getJson`, but `null` when the API key may not see it. @param {string} path @param {{ signal?: AbortSignal }} [options] */
export async function permittedJson(path, options) {
  try {
    return await getJson(path, options);
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return null;
    throw error;
  }
}

/**
 * Sends a JSON body and gives the response once its headers are here and say that all is well. Throws `ApiError`.
 * @param {string} path @param {unknown} body @param {AbortSignal} signal
 */
export function post(path, body, signal) {
  return send(path, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream, application/json" },
    body: JSON.stringify(body),
    signal,
  });
}

/** The error of an answer in the node's form `{error: {message, type, param, code}}`. @param {any} body @param {Partial<{ status: number, retryAfterMs: number | null }>} [more] */
export function errorOf(body, more = {}) {
  const error = body?.error ?? body ?? {};
  const { message, code, param, type, ...rest } = typeof error === "object" ? error : { message: String(error) };
  void type;
  const data = typeof rest.data === "object" && rest.data !== null ? rest.data : rest;
  return new ApiError(code ?? "error", message ?? "The node gave no reason.", { ...more, param: param ?? null, data });
}

/** @param {string} path @param {RequestInit} init */
async function send(path, init) {
  let response;
  try {
    const headers = { .../** @type {Record<string, string>} */ (init.headers), ...authorization() };
    response = await fetch(path, { ...init, headers, credentials: "omit", cache: "no-store" });
  } catch (error) {
    const known = asApiError(error);
    if (known instanceof ApiError) unreachable();
    throw known;
  }
  if (response.ok) return response;
  if (response.status === 401) askForKey();
  const body = await response.json().catch(() => ({}));
  throw errorOf(body, { status: response.status, retryAfterMs: retryAfterMs(response) });
}

/** @param {Response} response */
async function readJson(response) {
  try {
    return await response.json();
  } catch (error) {
    const known = asApiError(error);
    throw known.code === "connection_lost" ? new ApiError("bad_answer", "The node's answer is not JSON.") : known;
  }
}

/** An abort stays what it is; what else `fetch` throws means that the node cannot be reached. @param {any} error */
export function asApiError(error) {
  if (error instanceof ApiError || error?.name === "AbortError") return error;
  if (error?.name === "TimeoutError") return new ApiError("timeout", "The node did not answer in time.");
  return new ApiError("connection_lost", "The node cannot be reached.");
}

/** @param {Response} response */
function retryAfterMs(response) {
  const header = response.headers.get("retry-after");
  if (header === null) return null;
  const seconds = Number(header);
  return Number.isFinite(seconds) ? seconds * 1000 : null;
}
