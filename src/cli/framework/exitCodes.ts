/**
 * Exit codes of `ai-block`, and which error ends in which: the one table. An error code that is not listed ends in 1.
 * The advice says what to do next, and completes the error's sentence.
 */
import { errorCode } from "../../core/errors.ts";
import { MISFIT_CODES, REFUSED_MODEL_CODES } from "./modelErrors.ts";

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  config: 3,
  network: 4,
  keys: 5,
  verification: 6,
  locked: 7,
  diskFull: 8,
  noNode: 9,
  portBusy: 10,
  noModel: 11,
  notRunning: 12,
  interrupted: 130,
} as const;

export type ExitName = keyof typeof EXIT;
export type ExitCode = (typeof EXIT)[ExitName];

export const EXIT_MEANINGS: { readonly [E in ExitName]: string } = {
  ok: "Done.",
  failed: "Failed; the message on stderr says why.",
  usage: "The command line is wrong: an unknown command or option, a missing or wrong value.",
  config: "The configuration is wrong: a variable or the configuration file.",
  network: "The network or the peers could not be reached.",
  keys: "A key or a passphrase is missing, wrong, or readable by others.",
  verification: "What was read is not what it should be: a damaged store, payload or file.",
  locked: "Another AI-Block process has the store open.",
  diskFull: "The disk is full or read-only.",
  noNode: "No Node that can run AI-Block was found.",
  portBusy: "The port for HTTP is taken.",
  noModel: "There is no model to serve: none was found, or the one that was named cannot be read.",
  notRunning: "No node is running.",
  interrupted: "Stopped by Ctrl-C or SIGTERM.",
};

interface Row {
  readonly exit: ExitName;
  readonly advice?: string;
}

const MAKE_A_CHAIN = 'make one with "ai-block init" or "ai-block chain import", or name another folder with --data-dir';

const ERRORS: ReadonlyMap<string, Row> = new Map<string, Row>([
  ...REFUSED_MODEL_CODES.map((code): [string, Row] => [code, { exit: "verification" }]),
  ...MISFIT_CODES.map((code): [string, Row] => [code, { exit: "usage" }]),
  ["non_finite_logits", { exit: "verification" }],
  ["tokenizer_missing", { exit: "verification", advice: "add the tokenizer, or give token ids instead of a text" }],
  ["chat_template_missing", { exit: "verification", advice: "continue the text as it is with --raw" }],
  ["export_differs", { exit: "failed", advice: "--allow-differences writes the file all the same" }],
  ["target_exists", { exit: "failed", advice: "--force replaces it" }],

  ["corpus_too_short", { exit: "usage" }],
  ["expert_missing", { exit: "usage" }],
  ["training_option_invalid", { exit: "usage" }],
  ["loss_not_finite", { exit: "failed", advice: "try a lower --lr, a longer --warmup or --clip 1" }],
  ["gradient_not_finite", { exit: "failed", advice: "try a lower --lr, a longer --warmup or --clip 1" }],
  ["state_invalid", { exit: "verification", advice: "--force starts anew" }],
  ["state_mismatch", { exit: "failed", advice: "--force starts anew" }],

  ["usage", { exit: "usage" }],
  ["bad_prefix", { exit: "usage" }],
  ["ambiguous_hash", { exit: "usage" }],

  ["bad_config", { exit: "config" }],
  ["bad_config_file", { exit: "config" }],
  ["config_file_missing", { exit: "config" }],

  ["ECONNREFUSED", { exit: "network" }],
  ["ECONNRESET", { exit: "network" }],
  ["EHOSTUNREACH", { exit: "network" }],
  ["ENETUNREACH", { exit: "network" }],
  ["ENOTFOUND", { exit: "network" }],
  ["ETIMEDOUT", { exit: "network" }],
  ["port_busy", { exit: "portBusy", advice: "stop that program, or give another port (0 takes any free one)" }],
  ["port_forbidden", { exit: "config", advice: "give another port (0 takes any free one)" }],
  ["address_unavailable", { exit: "config" }],
  [
    "insecure_bind",
    {
      exit: "config",
      advice: 'make one with "ai-block keys create", or let everybody use the node with --http-insecure',
    },
  ],
  ["bad_api_key_entry", { exit: "config", advice: 'remove it, and make another one with "ai-block keys create"' }],
  ["no_model", { exit: "noModel" }],
  ["layers_unavailable", { exit: "noModel" }],
  ["node_not_answering", { exit: "failed", advice: "ask again, or end that process" }],
  ["node_not_running", { exit: "notRunning", advice: 'start one with "ai-block start"' }],

  ["key_file_missing", { exit: "keys", advice: 'make one with "ai-block keygen", or name yours with --key-file' }],
  ["key_file_permissions", { exit: "keys" }],
  ["key_file_purpose", { exit: "keys", advice: "name another file with --key-file" }],
  ["bad_key_file", { exit: "keys" }],
  ["key_file_exists", { exit: "keys" }],
  ["passphrase_mismatch", { exit: "keys" }],
  ["bad_private_key", { exit: "keys" }],
  ["passphrase_required", { exit: "keys", advice: "name a file that holds it with --passphrase-file" }],
  ["wrong_passphrase", { exit: "keys" }],

  ["bad_tokens_file", { exit: "verification" }],
  ["bad_text_file", { exit: "verification" }],
  ["bad_export", { exit: "verification" }],
  ["block_corrupt", { exit: "verification", advice: 'run "ai-block chain verify"' }],
  ["row_corrupt", { exit: "verification" }],
  ["store_corrupt", { exit: "verification" }],
  ["payload_corrupt", { exit: "verification", advice: 'run "ai-block chain verify"' }],
  ["manifest_missing", { exit: "verification" }],
  ["payload_root_mismatch", { exit: "verification" }],

  ["store_missing", { exit: "failed", advice: MAKE_A_CHAIN }],
  ["nothing_to_repair", { exit: "failed", advice: MAKE_A_CHAIN }],
  ["node_running", { exit: "locked", advice: 'end it with "ai-block stop", or name another folder with --data-dir' }],
  ["store_locked", { exit: "locked", advice: "stop it first, or name another folder with --data-dir" }],

  ["disk_full", { exit: "diskFull" }],
  ["disk_read_only", { exit: "diskFull" }],
  ["ENOSPC", { exit: "diskFull" }],
  ["EDQUOT", { exit: "diskFull" }],
  ["EROFS", { exit: "diskFull" }],

  ["interrupted", { exit: "interrupted" }],
  ["ABORT_ERR", { exit: "interrupted" }],
]);

/** How a process ends that `error` has stopped. */
export function exitCodeOf(error: unknown): ExitCode {
  if (isMistakeInFlags(error)) return EXIT.usage;
  return EXIT[ERRORS.get(errorCode(error) ?? "")?.exit ?? "failed"];
}

/** What to do about an error with `code`. */
export function adviceFor(code: string | undefined): string | undefined {
  return ERRORS.get(code ?? "")?.advice;
}

/** Flags set options too; when nothing else is wrong with the configuration, the command line is. */
function isMistakeInFlags(error: unknown): boolean {
  if (errorCode(error) !== "bad_config") return false;
  const { problems } = (error as { data: { problems: readonly { source: { kind: string } }[] } }).data;
  return problems.every(({ source }) => source.kind === "flag");
}
