/**
 * Resumable upload by payload root: ask for the offset, send the rest from there, as often as it takes.
 *
 *   HEAD  /payloads/:root   upload-offset: bytes that are here   upload-length: all, once known
 *   PATCH /payloads/:root   upload-offset, upload-length, content-type: application/octet-stream; then the bytes
 */
import * as z from "zod";
import { excerpt } from "../../core/bytes.ts";
import { localsOf } from "../context.ts";
import { apiError } from "../errors/apiError.ts";
import { clientSignal } from "../http/clientSignal.ts";
import type { Reply } from "../http/reply.ts";
import { snakeCase } from "../http/snakeCase.ts";
import { uploadBytes } from "../http/uploadBytes.ts";
import { hashField } from "../schemas/fields.ts";
import { uploadState } from "../schemas/uploads.ts";
import type { UploadState } from "../services/uploads.ts";
import { defineRoute, type Route } from "./route.ts";

const params = z.strictObject({ root: hashField });

export const payloadRoutes: readonly Route[] = [
  defineRoute({
    method: "head",
    path: "/payloads/:root",
    tag: "uploads",
    summary: "How much of a payload is here, in the headers `upload-offset` and `upload-length`.",
    access: "upload",
    params,
    answers: { status: 200, description: "The headers." },
    handle: async ({ params: { root }, context }) => replyWith(await context.services.uploads.state(root)),
  }),
  defineRoute({
    method: "get",
    path: "/payloads/:root",
    tag: "uploads",
    summary: "How much of a payload is here.",
    access: "upload",
    params,
    answers: { status: 200, description: "The state of the upload.", schema: uploadState },
    handle: async ({ params: { root }, context }) => replyWith(await context.services.uploads.state(root)),
  }),
  defineRoute({
    method: "patch",
    path: "/payloads/:root",
    tag: "uploads",
    summary: "Appends bytes at `upload-offset`. With the last byte the payload is hashed, checked and stored.",
    access: "upload",
    params,
    body: "octets",
    answers: { status: 200, description: "The state of the upload.", schema: uploadState },
    errors: [
      "upload_offset_mismatch",
      "payload_root_mismatch",
      "payload_too_large",
      "disk_full",
      "too_many_uploads",
      "over_quota",
    ],
    async handle({ params: { root }, context, req, res }) {
      const offset = headerBytes(req.headers["upload-offset"], "upload-offset");
      const totalBytes = headerBytes(req.headers["upload-length"], "upload-length");
      const declared = Number(req.headers["content-length"] ?? 0);
      if (offset > totalBytes || offset + declared > totalBytes) {
        const message = `upload-length: expected at least offset and body, ${offset} + ${declared}, got ${totalBytes}`;
        throw apiError("invalid_value", message, { param: "upload-length" });
      }
      const part = { offset, totalBytes, bytes: uploadBytes(req, res), caller: localsOf(res).caller.name };
      return replyWith(await context.services.uploads.append(root, part, clientSignal(res)));
    },
  }),
];

function replyWith(state: UploadState): Reply {
  const { totalBytes, receivedBytes } = state;
  return {
    body: snakeCase(state),
    headers: {
      "upload-offset": String(receivedBytes),
      ...(totalBytes !== null && { "upload-length": String(totalBytes) }),
    },
  };
}

/** Throws `missing_required_parameter`, `invalid_value`. */
function headerBytes(value: string | string[] | undefined, name: string): number {
  if (value === undefined)
    throw apiError("missing_required_parameter", `${name}: expected a number of bytes, got nothing`, { param: name });
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
  if (number === undefined)
    throw apiError("invalid_value", `${name}: expected a number of bytes, got ${excerpt(value)}`, { param: name });
  return number;
}
