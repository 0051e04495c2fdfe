/** `ai-block init`: puts a model on the chain, from a manifest file. */
import * as z from "zod";
import { toHex } from "../core/bytes.ts";
import { systemClock } from "../core/clock.ts";
import { createSigner } from "../core/ed25519.ts";
import { readPublicKey } from "../core/keyFile.ts";
import { type BuiltManifest, publishModel } from "../node/publish/publishModel.ts";
import { withChain } from "./chain/openChain.ts";
import { defineCommand } from "./framework/command.ts";
import { countOf, formatBytes } from "./framework/format.ts";
import { countJson, hashJson } from "./framework/json.ts";
import { requiredArgument, switchOption } from "./framework/option.ts";
import { readKey } from "./framework/readKey.ts";
import { jsonOption, progressOption } from "./framework/sharedOptions.ts";
import { buildManifest } from "./model/buildManifest.ts";
import { readManifestFile } from "./model/manifestFile.ts";

const schema = z.strictObject({
  model: hashJson.nullable().meta({ description: "id of the meta block; null with --dry-run" }),
  created: z.boolean().meta({ description: "false when the model was there already" }),
  name: z.string(),
  manifest: z.strictObject({ root: hashJson, bytes: countJson }),
  evaluation: z.strictObject({ root: hashJson, bytes: countJson }).nullable(),
  files: countJson,
  slots: countJson,
  tensors: countJson,
  parameterBytes: countJson.meta({ description: "of all slots together" }),
});

export const command = defineCommand({
  description:
    "Puts a model on the chain: stores its manifest and a meta block that your key signs, and prints the model's id. The " +
    "chain is made if there is none. The same manifest with the same key is the same model, so running the command " +
    'again changes nothing. The form of the manifest file stands in docs/commands.md, section "The manifest file".',
  arguments: { manifest: requiredArgument("Manifest file (JSON).") },
  options: {
    dryRun: switchOption("Check the manifest file and show what would be stored. Nothing is signed or written."),
    json: jsonOption,
    progress: progressOption,
  },
  settings: ["dataDir", "keyFile", "passphrase"],
  examples: [
    { command: "init model/manifest.json --dry-run", meaning: "Check a manifest file." },
    { command: "init model/manifest.json", meaning: "Publish the model." },
  ],
  exits: ["config", "keys", "verification", "locked", "diskFull", "interrupted"],
  json: schema,
  async run(context, { arguments: { manifest: file }, options }) {
    const { signal } = context;
    // Read first what may be missing or wrong, so that nothing is left half done.
    const content = await readManifestFile(file, signal);
    const signer = options.dryRun ? undefined : createSigner((await readKey(context, "author")).privateKey);
    const publisher = signer?.publicKey ?? (await readPublicKey(context.config.keyFile, "author"));
    const result = await context.withProgress(options.progress, async (progress) => {
      const onProgress = (done: number, total: number) => progress.update("evaluation", done, total, "bytes");
      const built = await buildManifest(file, content, { publisher, signal, onProgress });
      if (signer === undefined) return { built, id: undefined, created: false };
      const published = await withChain(context, (chain) =>
        publishModel(chain, built, signer, systemClock.nowMs(), signal),
      );
      return { built, ...published };
    });
    const summary = summarise(result.built);
    const model = result.id === undefined ? null : toHex(result.id);
    context.note(`${summary.name}: ${inWords(summary)}`);
    context.note(outcome(model, result.created));
    if (options.json) {
      const json: z.infer<typeof schema> = { model, created: result.created, ...summary };
      context.out.json(json);
    } else if (model !== null) {
      context.print(model);
    }
    return undefined;
  },
});

function summarise({ manifest, bytes, root }: BuiltManifest) {
  const tensors = [...manifest.slots.values()].flatMap((slot) => slot.tensors);
  const { evaluation } = manifest;
  return {
    name: manifest.name,
    manifest: { root: toHex(root), bytes: bytes.length },
    evaluation: evaluation === null ? null : { root: toHex(evaluation.root), bytes: evaluation.bytes },
    files: manifest.files.size,
    slots: manifest.slots.size,
    tensors: tensors.length,
    parameterBytes: tensors.reduce((total, { byteLength }) => total + byteLength, 0),
  };
}

function inWords({ files, slots, tensors, parameterBytes, manifest }: ReturnType<typeof summarise>): string {
  const parts = [countOf(slots, "slot"), countOf(tensors, "tensor"), `${formatBytes(parameterBytes)} of parameters`];
  return `${parts.join(", ")}; ${countOf(files, "file")}; a manifest of ${formatBytes(manifest.bytes)}`;
}

function outcome(model: string | null, created: boolean): string {
  if (model === null) return "The manifest file is right. Nothing was written.";
  return created ? "The model is on the chain now." : "The model is on the chain already; nothing was changed.";
}
