/**
 * Writes a model as one GGUF file that llama.cpp loads: any checkpoint that this project reads, in float32, float16,
 * bfloat16, Q8_0 or Q4_0. Norms, biases and routers stay float32; MXFP4 experts stay MXFP4 unless float32 is asked for.
 * In memory at any time: the header, and one expert or a few megabytes of one tensor.
 */

import { formatError } from "../../formats/errors.ts";
import { fromFloat32 } from "../../formats/float32.ts";
import type { GgufValue } from "../../formats/gguf/values.ts";
import { GGUF_ALIGNMENT, layoutGguf } from "../../formats/gguf/writer.ts";
import { type ModelConfig, parseConfig } from "../../model/parseConfig.ts";
import { checkpointTable } from "../../model/slotTable.ts";
import { writeGgufSampling } from "../../sampling/ggufSampling.ts";
import { readModelSampling } from "../../sampling/modelSampling.ts";
import type { ReadOptions, TensorSource } from "../../tensor.ts";
import type { TokenizerFiles } from "../../text/tokenizerFiles.ts";
import { refuseExisting, type Write, writeStreamed } from "../streamedFile.ts";
import { checkExportable, knownDifferences } from "./differences.ts";
import { hyperparameters } from "./hyperparameters.ts";
import { type PlannedTensor, planTensors } from "./plan.ts";
import { packMxfp4 } from "./reorder.ts";
import { readSection, readStored, type SectionSource } from "./section.ts";
import { encodeGgufTokenizer } from "./tokenizer.ts";
import { FILE_TYPES, type GgufExportType } from "./types.ts";

export interface GgufExportOptions {
  readonly type: GgufExportType;
  /** `general.name`. */
  readonly name?: string;
  /** Export although llama.cpp will compute something else (see `knownDifferences`). Default false. */
  readonly allowDifferences?: boolean;
  /** Replace a file that is there already (default false: `target_exists`). */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
}

export interface GgufExport {
  readonly fileBytes: number;
  readonly tensors: number;
  /** What llama.cpp computes differently from the model's own definition. */
  readonly differences: readonly string[];
  /** What it does differently when it turns text into ids. */
  readonly textDifferences: readonly string[];
  /** What of the model's `generation_config.json` is out of range, and is not in the file. */
  readonly ignoredSampling: readonly string[];
}

/**
 * @param config a parsed `config.json`
 * @param tokenizer the tokenizer's files, with `generation_config.json` where there is one; without them the file holds
 *   weights only and can be fed ids alone
 * Throws `export_unsupported`, `export_differs` (unless `allowDifferences`), `target_exists`, and what reading the config and the checkpoint throws.
 */
export async function exportGguf(
  source: TensorSource,
  config: ModelConfig,
  tokenizer: TokenizerFiles | undefined,
  path: string,
  options: GgufExportOptions,
): Promise<GgufExport> {
  const spec = parseConfig(config);
  checkExportable(spec);
  const text = tokenizer === undefined ? undefined : encodeGgufTokenizer(tokenizer, config, spec);
  const { sampling, ignored: ignoredSampling } = readModelSampling(tokenizer ?? new Map());
  const differences = knownDifferences(spec);
  if (differences.length > 0 && options.allowDifferences !== true) {
    const message = `llama.cpp would compute this model differently: there, ${differences.join("; ")}`;
    throw formatError("export_differs", message, { differences });
  }
  const sections: SectionSource = { spec, source, table: checkpointTable(spec, source.tensors) };
  const planned = planTensors(spec, sections.table, options.type);
  const metadata = new Map<string, GgufValue>([
    ...hyperparameters(spec),
    ["general.name", { type: "string", value: options.name ?? spec.architecture }],
    ["general.file_type", { type: "u32", value: FILE_TYPES[options.type] }],
    ["general.quantization_version", { type: "u32", value: 2 }],
    ["general.alignment", { type: "u32", value: GGUF_ALIGNMENT }],
    ...writeGgufSampling(sampling),
    ...(text?.entries ?? noTokenizer()),
  ]);
  const { header, paddings, fileBytes } = layoutGguf(metadata, planned);
  if (options.overwrite !== true) await refuseExisting([path]);
  const read: ReadOptions = options.signal === undefined ? {} : { signal: options.signal };
  await writeStreamed(path, fileBytes, async (write) => {
    await write(header);
    for (const [i, tensor] of planned.entries()) {
      await writeTensor(sections, tensor, write, read);
      await write(new Uint8Array(paddings[i]!));
    }
  });
  const textDifferences = text?.differences ?? [];
  return { fileBytes, tensors: planned.length, differences, textDifferences, ignoredSampling };
}

/** llama.cpp's way to say that there is no tokenizer: it is fed ids. */
function noTokenizer(): Map<string, GgufValue> {
  return new Map([["tokenizer.ggml.model", { type: "string", value: "no_vocab" }]]);
}

async function writeTensor(from: SectionSource, tensor: PlannedTensor, write: Write, options: ReadOptions) {
  const { dtype, sections, constant, mxfp4Rows } = tensor;
  if (constant !== undefined) await write(fromFloat32(Float32Array.from(constant), "F32"));
  for (const section of sections) {
    if (dtype === "MXFP4") {
      const [blocks, scales] = section.stored.tensors;
      const blockBytes = await readStored(from.source, from.table, blocks!, 0, blocks!.byteLength, options);
      const scaleBytes = await readStored(from.source, from.table, scales!, 0, scales!.byteLength, options);
      await write(packMxfp4(blockBytes, scaleBytes, section.stored.part.shape[0]!, mxfp4Rows!));
      continue;
    }
    for await (const values of readSection(from, section, options)) await write(fromFloat32(values, dtype));
  }
}
