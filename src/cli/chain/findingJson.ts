/** What an audit or a repair found, as `--json` shows it. */
import * as z from "zod";
import type { Finding } from "../../chain/audit/finding.ts";
import { hashJson } from "../framework/json.ts";

export const findingJson = z.strictObject({
  code: z.string(),
  message: z.string(),
  block: hashJson.nullable().meta({ description: "the block concerned" }),
  payload: hashJson.nullable().meta({ description: "the payload concerned" }),
});

export function toFindingJson({ code, message, idHex, rootHex }: Finding): z.infer<typeof findingJson> {
  return { code, message, block: idHex ?? null, payload: rootHex ?? null };
}
