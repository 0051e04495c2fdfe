/** What is fed to the model: ids as they were given, a chat through the model's template, or a text as it is. */
import { addAbortSignal } from "node:stream";
import type { TextWorker } from "../../moe/text/textWorker.ts";
import type { CommandContext } from "../framework/context.ts";
import { canAsk } from "../framework/prompt.ts";
import { usageError } from "../framework/usageError.ts";
import type { RunFlags } from "./options.ts";

export interface FedPrompt {
  readonly ids: readonly number[];
  /** The answer goes on in the middle of the prompt's text. */
  readonly continues: boolean;
}

/** More than any model's context holds. */
const MAX_STDIN_CHARS = 16 * 1024 * 1024;

/** Throws `usage` for options that exclude each other. */
export function checkCombination(flags: RunFlags): void {
  const { prompt, ids, system, raw } = flags;
  if (prompt !== undefined && ids !== undefined) throw usageError("--ids: expected either --ids or --prompt, got both");
  if (ids !== undefined && (system !== undefined || raw)) {
    throw usageError(`--ids: expected ids alone, got ${raw ? "--raw" : "--system"} as well`);
  }
  if (raw && system !== undefined) throw usageError("--raw: expected either --raw or --system, got both");
  if (!isChat(flags)) return;
  for (const [flag, given] of [
    ["--json", flags.json],
    ["--raw", raw],
    ["--trace", flags.trace !== undefined],
    ["--layers", flags.layers !== undefined],
  ] as const) {
    if (given) throw usageError(`--prompt: expected a prompt or --ids together with ${flag}, got none`);
  }
}

/** Whether somebody sits at a terminal and has said nothing yet. */
export function isChat({ prompt, ids }: RunFlags): boolean {
  return prompt === undefined && ids === undefined && canAsk();
}

/** The text of `--prompt`, else of stdin. Throws `usage` when there is none. */
export async function promptText({ prompt }: RunFlags, signal: AbortSignal): Promise<string> {
  if (prompt !== undefined) return prompt;
  const pieces: string[] = [];
  let length = 0;
  for await (const piece of addAbortSignal(signal, process.stdin).setEncoding("utf8") as AsyncIterable<string>) {
    pieces.push(piece);
    length += piece.length;
    if (length > MAX_STDIN_CHARS) {
      throw usageError(`--prompt: expected at most ${MAX_STDIN_CHARS} characters on stdin, got more`);
    }
  }
  const text = pieces.join("");
  if (text.trim() === "") throw usageError("--prompt: expected a prompt, --ids, or a text on stdin, got none");
  // The line break that ends the last line is the shell's.
  return text.replace(/\r?\n$/, "");
}

/** Throws `chat_template_…` and `text_…`. */
export async function encodePrompt(
  content: string,
  { system, raw }: RunFlags,
  text: TextWorker,
  context: CommandContext,
): Promise<FedPrompt> {
  const { signal } = context;
  const isBase = text.chatTemplateNames.length === 0 && system === undefined;
  if (isBase && !raw) context.note("the model has no chat template: it continues the text as it is (--raw)");
  if (raw || isBase) return { ids: [...(await text.encode(content, { signal }))], continues: true };
  const messages = [...(system === undefined ? [] : [{ role: "system", content: system }]), { role: "user", content }];
  return { ids: [...(await text.encodeChat(messages, { signal }))], continues: false };
}
