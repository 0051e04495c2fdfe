/** `ai-block model export`: a checkpoint as a safetensors folder or as one GGUF file. */
import { basename, resolve } from "node:path";
import * as z from "zod";
import { errorCode } from "../../core/errors.ts";
import { tokenizerFilesOf } from "../../moe/chat/tokenizerFilesOf.ts";
import { exportGguf } from "../../moe/export/gguf/exportGguf.ts";
import { GGUF_EXPORT_TYPES, type GgufExportType } from "../../moe/export/gguf/types.ts";
import { exportSafetensors } from "../../moe/export/safetensors.ts";
import { openCheckpoint } from "../../moe/formats/checkpoint.ts";
import type { Checkpoint } from "../../moe/formats/checkpointSource.ts";
import { formatError } from "../../moe/formats/errors.ts";
import type { ModelConfig } from "../../moe/model/parseConfig.ts";
import { readTokenizerFiles, type TokenizerFiles } from "../../moe/text/tokenizerFiles.ts";
import { modelArgument } from "../engine/engineOptions.ts";
import { withSource } from "../engine/withModel.ts";
import { defineCommand } from "../framework/command.ts";
import type { CommandContext } from "../framework/context.ts";
import { countOf, formatBytes } from "../framework/format.ts";
import { countJson } from "../framework/json.ts";
import { FAILURE_NOTE, withJsonFailure } from "../framework/jsonFailure.ts";
import { choiceOption, type OptionValues, switchOption, textOption } from "../framework/option.ts";
import { jsonOption, progressOption } from "../framework/sharedOptions.ts";
import { usageError } from "../framework/usageError.ts";
import { countReads } from "./countedReads.ts";

const FORMATS = ["safetensors", "gguf"] as const;
const DEFAULT_TYPE: GgufExportType = "f16";

const schema = z.strictObject({
  out: z.string(),
  format: z.enum(FORMATS),
  type: z.enum(GGUF_EXPORT_TYPES).nullable().meta({ description: "null for safetensors, which keeps the types" }),
  files: countJson,
  tensors: countJson,
  bytes: countJson.meta({ description: "of a GGUF file; for safetensors of all tensors" }),
  differences: z.array(z.string()).meta({ description: "what llama.cpp computes otherwise than the model says" }),
});

const options = {
  out: textOption("Folder (safetensors) or file (gguf) to write. Needed.", "path"),
  format: choiceOption("What to write. Default: gguf if --out ends with .gguf, else safetensors.", "format", FORMATS),
  type: {
    ...choiceOption("How matrices are stored, for gguf.", "type", GGUF_EXPORT_TYPES),
    fallbackText: DEFAULT_TYPE,
  },
  allowDifferences: switchOption(
    "Write a GGUF file even where llama.cpp computes something else than the model says; what, is said as a warning.",
  ),
  force: switchOption("Replace existing files."),
  json: jsonOption,
  progress: progressOption,
};

export const command = defineCommand({
  description:
    "Writes a checkpoint in another form. As safetensors every tensor keeps its name, type and bytes, and config and " +
    "tokenizer go with them. As GGUF it becomes one file that llama.cpp and AI-Block load, with the tokenizer inside; " +
    "routers, norms and biases stay float32. A file appears under its name when it is complete. Tensors of a GGUF file " +
    `cannot be turned back into a safetensors folder. ${FAILURE_NOTE}`,
  arguments: { model: modelArgument },
  options,
  settings: [],
  examples: [
    { command: "model export models/olmoe --out olmoe.gguf --type q8_0", meaning: "8-bit GGUF." },
    { command: "model export models/olmoe-pt --out models/olmoe --format safetensors", meaning: "From PyTorch files." },
  ],
  exits: ["verification", "diskFull", "interrupted"],
  json: schema,
  run(context, { arguments: { model }, options: flags }) {
    return withJsonFailure(context, flags.json, async () => {
      const target = targetOf(flags);
      // Checks the whole checkpoint before anything is written.
      const config = await withSource(model, context.signal, async (source) => source.config);
      const checkpoint = await openCheckpoint(resolve(model), { followLinks: true });
      let report: z.infer<typeof schema>;
      try {
        report = await write(context, resolve(model), checkpoint, config, target, flags);
      } finally {
        await checkpoint.close();
      }
      for (const difference of report.differences)
        context.warn(`llama.cpp computes this model differently: there, ${difference}`);
      const { out, files, tensors, bytes } = report;
      if (flags.json) context.out.json(report);
      else context.print(`${out}: ${countOf(tensors, "tensor")} in ${countOf(files, "file")}, ${formatBytes(bytes)}`);
      return undefined;
    });
  },
});

interface Target {
  readonly out: string;
  readonly format: (typeof FORMATS)[number];
  readonly type: GgufExportType;
}

type Flags = OptionValues<typeof options>;

function targetOf({ out, format, type, allowDifferences }: Flags): Target {
  if (out === undefined) throw usageError("--out: expected a path to write to, got none");
  const chosen = format ?? (out.toLowerCase().endsWith(".gguf") ? "gguf" : "safetensors");
  if (chosen === "safetensors" && (type !== undefined || allowDifferences)) {
    throw usageError(
      `${type === undefined ? "--allow-differences" : "--type"}: expected it with --format gguf only, got safetensors`,
    );
  }
  return { out: resolve(out), format: chosen, type: type ?? DEFAULT_TYPE };
}

async function write(
  context: CommandContext,
  path: string,
  checkpoint: Checkpoint,
  config: ModelConfig,
  { out, format, type }: Target,
  flags: Flags,
): Promise<z.infer<typeof schema>> {
  const { signal } = context;
  const total = checkpoint.files.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return context.withProgress(flags.progress, async (progress) => {
    const source = countReads(checkpoint, (bytes) => progress.update("export", bytes, Math.max(total, bytes), "bytes"));
    const common = { overwrite: flags.force, signal };
    if (format === "gguf") {
      const tokenizer = await tokenizerFilesOf(path, signal).catch((error: unknown) => {
        if (errorCode(error) !== "tokenizer_missing") throw error;
        context.warn("the model has no tokenizer: the file can be fed token ids only");
        return undefined;
      });
      const { allowDifferences } = flags;
      const name = basename(path).replace(/\.gguf$/i, "");
      const done = await exportGguf(source, config, tokenizer, out, { type, name, allowDifferences, ...common });
      const { tensors, fileBytes: bytes, differences, ignoredSampling } = done;
      for (const sentence of ignoredSampling) context.warn(sentence);
      return { out, format, type, files: 1, tensors, bytes, differences: [...differences] };
    }
    if (checkpoint.gguf !== undefined) {
      const why = "a GGUF file's tensors have other names and forms than those of its model's safetensors files";
      throw formatError(
        "export_unsupported",
        `${basename(path)}: expected a model folder to export as safetensors; ${why}`,
      );
    }
    const done = await exportSafetensors(source, out, { files: await smallFiles(path, signal), ...common });
    const { files, tensorBytes } = done;
    return {
      out,
      format,
      type: null,
      files: files.length,
      tensors: source.tensors.size,
      bytes: tensorBytes,
      differences: [],
    };
  });
}

/** Config and tokenizer; templates in folders of their own stay behind. */
async function smallFiles(path: string, signal: AbortSignal): Promise<TokenizerFiles> {
  const files = await readTokenizerFiles(path, { followLinks: true, signal });
  return new Map([...files].filter(([name]) => !name.includes("/")));
}
