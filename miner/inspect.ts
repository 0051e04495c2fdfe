/** `ai-block miner inspect`: what a model file is, and what running it needs. Nothing in it is executed. */
import * as z from "zod";
import { modelPath } from "../src/cli/engine/modelPath.ts";
import { defineCommand } from "../src/cli/framework/command.ts";
import { countJson } from "../src/cli/framework/json.ts";
import { FAILURE_NOTE, withJsonFailure } from "../src/cli/framework/jsonFailure.ts";
import { requiredArgument } from "../src/cli/framework/option.ts";
import { jsonOption } from "../src/cli/framework/sharedOptions.ts";
import { formatInspectReport } from "../src/moe/inspect/formatReport.ts";
import { inspect } from "../src/moe/inspect/inspect.ts";
import { type InspectReport, MODEL_FORMATS } from "../src/moe/inspect/report.ts";

const memoryJson = z.strictObject({
  allBytes: countJson.meta({ description: "all weights" }),
  activeBytes: countJson.meta({ description: "weights that one token uses" }),
});

const schema = z.strictObject({
  name: z.string(),
  byteLength: countJson,
  format: z.enum(MODEL_FORMATS),
  framework: z.string(),
  architecture: z.string().nullable(),
  family: z.string().meta({ description: "coarse kind, such as moe-transformer" }),
  parameters: z.strictObject({ total: countJson, active: countJson }).nullable(),
  precision: z.array(z.strictObject({ dtype: z.string(), tensors: countJson, parameters: countJson })),
  inputShape: z.array(z.union([z.number(), z.string()])).nullable(),
  moe: z.strictObject({ layers: countJson.nullable(), experts: countJson, expertsPerToken: countJson }).nullable(),
  files: countJson,
  refused: z
    .strictObject({ code: z.string(), message: z.string() })
    .nullable()
    .meta({ description: "why the weights cannot be read, although the file could be identified" }),
  imports: z.array(z.string()).meta({ description: "what its own framework would import when loading it" }),
  notes: z.array(z.string()),
  analysis: z
    .strictObject({
      sizeClass: z.enum(["small", "medium", "large", "xlarge"]),
      memory: z.strictObject({ f32: memoryJson, f16: memoryJson, q8: memoryJson, q4: memoryJson }),
      requirements: z.strictObject({
        cpuCores: countJson,
        memoryBytes: countJson,
        gpuMemoryBytes: countJson,
        device: z.enum(["cpu", "cpu-or-gpu", "gpu-recommended"]),
      }),
    })
    .nullable()
    .meta({ description: "null when the number of parameters is not known" }),
});

export const command = defineCommand({
  description:
    "Says what a model file or folder is: format, framework, architecture, parameters, precision, experts, and the memory " +
    "and processors that running it needs. Knows safetensors, PyTorch (.pt, .pth, .bin), GGUF and ONNX, and identifies " +
    "Keras (.h5), TensorFlow (.pb), pickle (.pkl) and joblib files. Nothing in a file is executed, and no weights are " +
    `read. ${FAILURE_NOTE}`,
  arguments: { path: requiredArgument("Model file or folder.") },
  options: { json: jsonOption },
  settings: [],
  examples: [
    { command: "miner inspect models/olmoe", meaning: "A model folder." },
    { command: "miner inspect model.gguf --json", meaning: "A file, for a program." },
  ],
  exits: ["verification", "interrupted"],
  json: schema,
  run(context, { arguments: { path }, options }) {
    return withJsonFailure(context, options.json, async () => {
      const report: InspectReport = await inspect(await modelPath(path), { followLinks: true, signal: context.signal });
      if (options.json) context.out.json(report);
      else for (const line of formatInspectReport(report).split("\n")) context.print(line);
      return undefined;
    });
  },
});
