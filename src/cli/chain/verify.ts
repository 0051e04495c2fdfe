/** `ai-block chain verify`: checks everything that is stored, and says which block or payload is wrong and why. */
import * as z from "zod";
import { type AuditStage, auditChain } from "../../chain/audit/audit.ts";
import { printable } from "../../core/printable.ts";
import { defineCommand } from "../framework/command.ts";
import { EXIT } from "../framework/exitCodes.ts";
import { countOf } from "../framework/format.ts";
import { countJson } from "../framework/json.ts";
import { switchOption } from "../framework/option.ts";
import { jsonOption, progressOption } from "../framework/sharedOptions.ts";
import { findingJson, toFindingJson } from "./findingJson.ts";
import { chainFolder, whileNoNodeRuns } from "./openChain.ts";

const schema = z.strictObject({
  ok: z.boolean(),
  blocks: countJson.meta({ description: "that passed every check" }),
  payloads: countJson.meta({ description: "that were read" }),
  findings: z.array(findingJson),
  findingCount: countJson.meta({ description: "of a badly damaged store not all are listed" }),
});

/** What the audit counts in each of its stages. */
const UNITS: { readonly [S in AuditStage]: string } = { blocks: "blocks", indexes: "steps", payloads: "payloads" };

export const command = defineCommand({
  description:
    "Checks the whole chain from its headers up: hashes, signatures, rules, holes, cycles, every row of every index, and " +
    "every byte of every payload. Prints one line for each thing that is wrong. Changes nothing; no other process can " +
    "have the chain open meanwhile.",
  arguments: {},
  options: {
    noPayloads: switchOption("Do not read the payloads, which takes most of the time."),
    json: jsonOption,
    progress: progressOption,
  },
  settings: ["dataDir"],
  examples: [
    { command: "chain verify", meaning: "Check everything." },
    { command: "chain verify --no-payloads", meaning: "Check blocks and indexes only." },
  ],
  exits: ["config", "verification", "locked", "diskFull", "interrupted"],
  json: schema,
  async run(context, { options }) {
    let findingCount = 0;
    const report = await context.withProgress(options.progress, (progress) =>
      whileNoNodeRuns(context, () =>
        auditChain(chainFolder(context), {
          signal: context.signal,
          payloads: !options.noPayloads,
          onProgress: (stage, done, total) => progress.update(stage, done, total, UNITS[stage]),
          onFinding: ({ code, message }) => {
            findingCount += 1;
            if (!options.json) context.print(`${context.paint("red", code)}: ${printable(message)}`);
          },
        }),
      ),
    );
    const { blocks, payloads } = report;
    const ok = findingCount === 0;
    if (options.json) {
      const findings = report.findings.map(toFindingJson);
      context.out.json({ ok, blocks, payloads, findings, findingCount } satisfies z.infer<typeof schema>);
    }
    const checked = `${countOf(blocks, "block")} and ${countOf(payloads, "payload")} are right`;
    if (ok) {
      context.note(
        options.noPayloads ? `${countOf(blocks, "block")} are right; payloads were not read.` : `${checked}.`,
      );
      return EXIT.ok;
    }
    context.note(`${countOf(findingCount, "finding")}. "ai-block chain repair" rebuilds the chain from what is good.`);
    return EXIT.verification;
  },
});
