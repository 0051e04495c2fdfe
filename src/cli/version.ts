/** `ai-block version`: what runs here, and which formats it reads and writes. */
import * as z from "zod";
import { HEADER_VERSION } from "../chain/block/header.ts";
import { MANIFEST_VERSION } from "../chain/model/manifest.ts";
import { FORMAT_VERSION } from "../chain/store/database.ts";
import { EXPORT_VERSION } from "../chain/transfer/exportFormat.ts";
import { KEY_FILE_VERSION } from "../core/keyFile.ts";
import { defineCommand } from "./framework/command.ts";
import { jsonOption } from "./framework/sharedOptions.ts";
import { alignColumns } from "./framework/table.ts";
import { packageVersion } from "./packageVersion.ts";

const schema = z.strictObject({
  version: z.string(),
  node: z.string(),
  platform: z.string(),
  arch: z.string(),
  formats: z
    .strictObject({ block: z.int(), manifest: z.int(), store: z.int(), export: z.int(), keyFile: z.int() })
    .meta({ description: "versions of what is written to disk and network" }),
});

export const command = defineCommand({
  description: "Shows the version of AI-Block, the Node that runs it, and the versions of its formats.",
  arguments: {},
  options: { json: jsonOption },
  settings: [],
  examples: [{ command: "version --json", meaning: "For a script or a bug report." }],
  exits: [],
  json: schema,
  async run(context, { options }) {
    const versions: z.infer<typeof schema> = {
      version: packageVersion(),
      node: process.versions.node,
      platform: process.platform,
      arch: process.arch,
      formats: {
        block: HEADER_VERSION,
        manifest: MANIFEST_VERSION,
        store: FORMAT_VERSION,
        export: EXPORT_VERSION,
        keyFile: KEY_FILE_VERSION,
      },
    };
    if (options.json) {
      context.out.json(versions);
      return undefined;
    }
    const { block, manifest, store, export: exported, keyFile } = versions.formats;
    const rows = [
      ["ai-block", versions.version],
      ["node", versions.node],
      ["platform", `${versions.platform} ${versions.arch}`],
      ["formats", `block ${block}, manifest ${manifest}, store ${store}, export ${exported}, key file ${keyFile}`],
    ];
    for (const line of alignColumns(rows)) context.print(line);
    return undefined;
  },
});
