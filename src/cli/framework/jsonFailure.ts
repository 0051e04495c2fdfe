/** Under `--json` a failure is JSON as well, on stdout, besides the sentence on stderr. */
import * as z from "zod";
import type { CommandContext } from "./context.ts";
import { sentenceOf } from "./errorReport.ts";
import { stableCode, systemCode } from "./systemErrors.ts";

export const failureJson = z.strictObject({
  error: z.strictObject({
    /** Lower snake case; the same on every system. */
    code: z.string(),
    message: z.string(),
    /** Of errors of the system alone: its own code, such as `ENOENT`. */
    data: z.strictObject({ systemCode: z.string() }).optional(),
  }),
});

/** Does `work`; what it throws is thrown on. */
export async function withJsonFailure<T>(context: CommandContext, json: boolean, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (json) context.out.json(toFailureJson(error));
    throw error;
  }
}

export function toFailureJson(error: unknown): z.infer<typeof failureJson> {
  const system = systemCode(error);
  return {
    error: {
      code: stableCode(error),
      message: sentenceOf(error),
      ...(system !== undefined && { data: { systemCode: system } }),
    },
  };
}

/** For the description of such a command. */
export const FAILURE_NOTE =
  'With --json a failure prints { "error": { "code", "message" } } on stdout, besides the sentence on stderr; where the ' +
  'system refused something, with its own code as "data": { "systemCode" }.';
