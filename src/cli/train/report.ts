/** What `ai-block train --json` prints. */
import * as z from "zod";
import { countJson } from "../framework/json.ts";

const stepJson = z.strictObject({
  step: countJson.meta({ description: "from 1 on" }),
  loss: z
    .number()
    .meta({ description: "of the step's batch, before the update; mean over predicted ids, natural logarithm" }),
  learningRate: z.number(),
  gradientNorm: z.number().meta({ description: "before clipping" }),
});

export const trainJson = z.strictObject({
  model: z.string(),
  out: z.string(),
  trained: z.string().meta({ description: 'the slot of the expert, or "all"' }),
  parameters: countJson.meta({ description: "trained ones" }),
  sequences: countJson,
  resumedAt: countJson.meta({ description: "updates that were done before; 0 for a new run" }),
  steps: z.array(stepJson).meta({ description: "updates of this process" }),
  loss: z.number().meta({ description: "of all sequences, after the last update" }),
  seconds: z.number().meta({ description: "of the updates" }),
  tokensPerSecond: z.number(),
  files: z.array(z.string()),
});

export type StepJson = z.infer<typeof stepJson>;
export type TrainJson = z.infer<typeof trainJson>;
