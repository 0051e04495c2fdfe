/**
 * Errors of the parts below name their own arguments (`topK: expected …`); who typed a flag looks for that. The name
 * stands at the start of the message, by the convention of all errors.
 */
import { AiBlockError, errorCode } from "../../core/errors.ts";

/** Flags by the name that the error has for what they set. */
export type FlagNames = Readonly<Record<string, string>>;

/** What the engine calls what the flags of `run` and `eval` set. */
export const ENGINE_FLAGS: FlagNames = {
  topK: "--experts",
  expertBudgetBytes: "--expert-budget",
  executionProvider: "--provider",
  precision: "--precision",
  threads: "--threads",
  shards: "--threads",
  layers: "--layers",
  maxSequences: "--batch",
  ids: "--ids",
};

/** The same for the settings of a node. */
export const NODE_FLAGS: FlagNames = {
  host: "--http-host",
  port: "--http-port",
  metricsPort: "--http-metrics-port",
  expertBudgetBytes: "--engine-expert-budget",
  executionProvider: "--engine-execution-provider",
  precision: "--engine-precision",
  threads: "--engine-threads",
  shards: "--engine-threads",
  maxSequences: "--chat-concurrency",
};

/** The training's names; its other options are checked when they are parsed. */
export const TRAINING_FLAGS: FlagNames = { executionProvider: "--provider", threads: "--threads", mode: "--expert" };

const CODES: ReadonlySet<string> = new Set([
  "bad_engine_option",
  "bad_token_id",
  "bad_top_k",
  "context_too_long",
  "execution_provider_unavailable",
  "expert_missing",
  "expert_budget_too_small",
  "insecure_bind",
  "port_busy",
  "port_forbidden",
  "address_unavailable",
  "training_option_invalid",
]);

/** `error` with the flag in place of the name of what it set; other errors as they are. */
export function withFlagName(error: unknown, flags: FlagNames): unknown {
  const code = errorCode(error) ?? "";
  if (!CODES.has(code)) return error;
  const { message, data } = error as AiBlockError;
  const [start, name = ""] = /^([A-Za-z]+)(?:\[\d+\])?:/.exec(message) ?? [""];
  if (!Object.hasOwn(flags, name)) return error;
  return new AiBlockError(code, `${flags[name]}:${message.slice(start.length)}`, data, { cause: error });
}

/** Does `work`; what it throws names the flag. */
export async function namingFlags<T>(flags: FlagNames, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withFlagName(error, flags);
  }
}
