/**
 * Reads a JSON body: type, encoding and declared length are checked before a byte is read, the length again while
 * reading, the depth before parsing. Compressed bodies are refused: one of 1 MB could unfold to a gigabyte.
 */
import type { Request, Response } from "express";
import { apiError } from "../errors/apiError.ts";
import { LIMITS } from "../limits.ts";

/** Throws `unsupported_media_type`, `unsupported_encoding`, `payload_too_large`. */
export function checkBodyHeaders(req: Request, type: string, maxBytes: number): void {
  const got = (req.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
  if (got !== type) throw apiError("unsupported_media_type", `Content-Type: expected ${type}, got ${got || "none"}`);
  const encoding = (req.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (encoding !== "identity") throw apiError("unsupported_encoding", "Content-Encoding: expected none, got one");
  const length = Number(req.headers["content-length"] ?? 0);
  if (!(length <= maxBytes)) throw tooLarge(maxBytes);
}

/**
 * The parsed body. Throws the codes above, `invalid_json`, `json_too_deep`, `request_timeout`, `client_gone`.
 */
export async function readJson(req: Request, res: Response, maxBytes: number): Promise<unknown> {
  checkBodyHeaders(req, "application/json", maxBytes);
  const bytes = await readBytes(req, res, maxBytes);
  checkDepth(bytes);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch {
    // The parser's message quotes the body, which may hold secrets.
    throw apiError("invalid_json", "body: expected JSON in UTF-8, got something else");
  }
}

function readBytes(req: Request, res: Response, maxBytes: number): Promise<Buffer> {
  continueIfAsked(req, res);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => {
      stop(apiError("request_timeout", `body: expected all of it within ${LIMITS.bodyTimeoutMs} ms`));
    }, LIMITS.bodyTimeoutMs);
    const stop = (error: Error): void => {
      clearTimeout(timer);
      req.pause();
      reject(error);
    };
    req.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) stop(tooLarge(maxBytes));
      else chunks.push(chunk);
    });
    req.on("end", () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks, length));
    });
    req.on("error", stop);
    req.on("close", () => stop(apiError("client_gone", "the client went away")));
  });
}

/** A client that asked first whether it may send its body gets to know now. */
export function continueIfAsked(req: Request, res: Response): void {
  if (req.headers.expect?.toLowerCase() === "100-continue") res.writeContinue();
}

/** One pass over the bytes, without recursion: the parser itself would go deep first. */
function checkDepth(bytes: Buffer): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) {
      inString = true;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > LIMITS.jsonDepth) {
        throw apiError("json_too_deep", `body: expected at most ${LIMITS.jsonDepth} levels, got more`);
      }
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--;
    }
  }
}

function tooLarge(maxBytes: number): Error {
  return apiError("payload_too_large", `body: expected at most ${maxBytes} bytes, got more`);
}
