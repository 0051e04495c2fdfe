/**
 * Reads a JSON body: type, encoding and declared length are checked before a byte is read, the length again while
 * reading, depth and number of values before parsing. Compressed bodies are refused: one of 1 MB could unfold to a gigabyte.
 */
import type { Request, Response } from "express";
import { apiError } from "../errors/apiError.ts";
import { LIMITS } from "../limits.ts";
import { checkJsonShape } from "./jsonShape.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

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
 * The parsed body. Throws the codes above, `invalid_json`, `json_too_deep`, `json_too_many_values`, `request_timeout`,
 * `client_gone`.
 */
export async function readJson(req: Request, res: Response, maxBytes: number): Promise<unknown> {
  checkBodyHeaders(req, "application/json", maxBytes);
  const bytes = await readBytes(req, res, maxBytes);
  if (bytes.length === 0) throw apiError("invalid_json", "body: expected JSON in UTF-8, got nothing");
  checkJsonShape(bytes);
  try {
    return JSON.parse(utf8.decode(bytes)) as unknown;
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
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      req.off("data", onData).off("end", onEnd).off("close", onClose);
      if (error === undefined) resolve(Buffer.concat(chunks, length));
      else reject(error);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > maxBytes) finish(tooLarge(maxBytes));
      else chunks.push(chunk);
    };
    const onEnd = (): void => finish();
    const onClose = (): void => finish(apiError("client_gone", "the client went away"));
    const timer = setTimeout(() => {
      finish(apiError("request_timeout", `body: expected all of it within ${LIMITS.bodyTimeoutMs} ms`));
    }, LIMITS.bodyTimeoutMs);
    req.on("data", onData).on("end", onEnd).on("close", onClose);
    // Whoever goes away is noticed by `close`; without a listener the error would be thrown.
    req.on("error", () => undefined);
  });
}

/** A client that asked first whether it may send its body gets to know now. */
export function continueIfAsked(req: Request, res: Response): void {
  if (req.headers.expect?.toLowerCase() === "100-continue") res.writeContinue();
}

function tooLarge(maxBytes: number): Error {
  return apiError("payload_too_large", `body: expected at most ${maxBytes} bytes, got more`);
}
