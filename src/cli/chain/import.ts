/** `ai-block chain import`: reads a file that `chain export` wrote, and checks everything in it. */
import { access, constants } from "node:fs/promises";
import * as z from "zod";
import { importChain } from "../../chain/transfer/importChain.ts";
import type { Verdict } from "../../chain/verdict.ts";
import { printable } from "../../core/printable.ts";
import { defineCommand } from "../framework/command.ts";
import { EXIT, type ExitCode } from "../framework/exitCodes.ts";
import { countOf } from "../framework/format.ts";
import { countJson } from "../framework/json.ts";
import { requiredArgument } from "../framework/option.ts";
import { jsonOption, progressOption } from "../framework/sharedOptions.ts";
import { withChain } from "./openChain.ts";

const reasonSchema = z.strictObject({
  kind: z.enum(["ignore", "reject"]).meta({ description: "reject: the block itself is wrong" }),
  code: z.string(),
  count: countJson,
  example: z.string().meta({ description: "what was said of the first such block" }),
});
const schema = z.strictObject({
  accepted: countJson,
  known: countJson.meta({ description: "blocks that were here already" }),
  refused: countJson,
  payloads: countJson,
  reasons: z.array(reasonSchema).meta({ description: "why blocks were refused" }),
});
type Reason = z.infer<typeof reasonSchema>;

export const command = defineCommand({
  description:
    "Reads blocks and payloads from a file that chain export wrote. The file is not trusted: everything in it is checked as " +
    "if a stranger had sent it. What is here already is left as it is, so the same file can be imported again. The chain " +
    "is made if there is none.",
  arguments: { file: requiredArgument("File to read.") },
  options: { json: jsonOption, progress: progressOption },
  settings: ["dataDir"],
  examples: [{ command: "chain import chain.aiblock", meaning: "Take over what is new." }],
  exits: ["config", "verification", "locked", "diskFull", "interrupted"],
  json: schema,
  async run(context, { arguments: { file }, options }) {
    // Before a chain is made for a file that is not there.
    await access(file, constants.R_OK);
    const reasons = new Map<string, Reason>();
    const counts = await context.withProgress(options.progress, (progress) =>
      withChain(context, (chain) =>
        importChain(chain, file, {
          signal: context.signal,
          onProgress: (blocks) => progress.update("import", blocks, undefined, "blocks"),
          onRefused: (verdict) => countReason(reasons, verdict),
        }),
      ),
    );
    const { accepted, known, refused, payloads } = counts;
    const result: z.infer<typeof schema> = { accepted, known, refused, payloads, reasons: [...reasons.values()] };
    if (options.json) context.out.json(result);
    else {
      context.print(
        `${countOf(accepted, "block")} accepted, ${known} known, ${refused} refused, ${countOf(payloads, "payload")}`,
      );
      for (const { kind, code, count, example } of reasons.values()) {
        context.print(`${kind} ${code}: ${countOf(count, "block")}, the first: ${printable(example)}`);
      }
    }
    return exitFor(result);
  },
});

/** There are few codes, so the map stays small. */
function countReason(reasons: Map<string, Reason>, { kind, code, reason }: Exclude<Verdict, { kind: "accept" }>): void {
  const known = reasons.get(code);
  if (known === undefined) reasons.set(code, { kind, code, count: 1, example: reason });
  else known.count += 1;
}

function exitFor({ refused, reasons }: z.infer<typeof schema>): ExitCode {
  if (refused === 0) return EXIT.ok;
  const full = reasons.some(({ code, example }) => code === "store_unavailable" && example.startsWith("disk_full"));
  return full ? EXIT.diskFull : EXIT.failed;
}
