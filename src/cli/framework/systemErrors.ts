/**
 * Errors of the operating system at the edge of a command: the one table of what they are called and of what they mean.
 * Scripts branch on our codes, which are the same on every system.
 */
import { errorCode } from "../../core/errors.ts";

interface Row {
  /** Lower snake case, and the word that our own errors have for the same where there is one. */
  readonly code: string;
  /** Completes a sentence that begins with the path. Without it the system's own message is told. */
  readonly words?: string;
}

const ROWS: ReadonlyMap<string, Row> = new Map<string, Row>([
  ["ENOENT", { code: "file_missing", words: "no such file or folder" }],
  ["EACCES", { code: "permission_denied", words: "no right to do that" }],
  ["EPERM", { code: "permission_denied", words: "no right to do that" }],
  ["EISDIR", { code: "is_a_folder", words: "expected a file, got a folder" }],
  ["ENOTDIR", { code: "not_a_folder", words: "expected a folder, got a file" }],
  ["EEXIST", { code: "already_exists", words: "there is something already" }],
  ["ENOTEMPTY", { code: "folder_not_empty", words: "the folder is not empty" }],
  ["EMFILE", { code: "too_many_open_files", words: "too many open files" }],
  ["ENFILE", { code: "too_many_open_files", words: "too many open files" }],
  ["ENOSPC", { code: "disk_full", words: "no space is left on the disk" }],
  ["EDQUOT", { code: "disk_full", words: "no space is left for this user on the disk" }],
  ["EROFS", { code: "disk_read_only", words: "the disk is read-only" }],
  ["EIO", { code: "disk_failed", words: "the disk could not be read or written" }],
  ["ELOOP", { code: "too_many_links", words: "too many links" }],
  ["ENAMETOOLONG", { code: "name_too_long", words: "the name is too long" }],
  ["EBUSY", { code: "file_busy", words: "it is in use" }],
  ["ETXTBSY", { code: "file_busy", words: "it is in use" }],
  ["EPIPE", { code: "pipe_closed" }],
  ["ENOMEM", { code: "out_of_memory" }],
  ["ECONNREFUSED", { code: "connection_refused" }],
  ["ECONNRESET", { code: "connection_reset" }],
  ["EHOSTUNREACH", { code: "host_unreachable" }],
  ["ENETUNREACH", { code: "network_unreachable" }],
  ["ENOTFOUND", { code: "host_not_found" }],
  ["ETIMEDOUT", { code: "timed_out" }],
  ["ABORT_ERR", { code: "interrupted" }],
]);

/** What an error is called for scripts; what else the system or a library calls by a code is `system_error`. */
export function stableCode(error: unknown): string {
  const code = errorCode(error);
  if (code === undefined) return "unexpected";
  return ROWS.get(code)?.code ?? (/^[a-z][a-z0-9_]*$/.test(code) ? code : "system_error");
}

/** The code that the system has for an error, when it is not ours. */
export function systemCode(error: unknown): string | undefined {
  const code = errorCode(error);
  return code === stableCode(error) ? undefined : code;
}

/** What a system's code means, in words. */
export function systemWords(code: string | undefined): string | undefined {
  return ROWS.get(code ?? "")?.words;
}
