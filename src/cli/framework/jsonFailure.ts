/** Under `--json` a failure is JSON as well: `{ "error": { "code", "message" } }` on stdout, besides the sentence on stderr. */
import { errorCode } from "../../core/errors.ts";
import type { CommandContext } from "./context.ts";
import { sentenceOf } from "./errorReport.ts";

/** Does `work`; what it throws is thrown on. */
export async function withJsonFailure<T>(context: CommandContext, json: boolean, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (json) context.out.json({ error: { code: errorCode(error) ?? "unexpected", message: sentenceOf(error) } });
    throw error;
  }
}

/** For the description of such a command. */
export const FAILURE_NOTE =
  'With --json a failure prints { "error": { "code", "message" } } on stdout, besides the sentence on stderr.';
