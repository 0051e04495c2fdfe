/** The options of `ai-block train` that say how is trained. */
import { excerpt } from "../../core/bytes.ts";
import { parseSlot } from "../../core/slot.ts";
import type { TrainingMode, TrainingOptions } from "../../moe/training/options.ts";
import { numberOption } from "../framework/numberOptions.ts";
import {
  type CliOption,
  choiceOption,
  integerOption,
  type OptionValues,
  switchOption,
  withDefault,
} from "../framework/option.ts";
import { usageError } from "../framework/usageError.ts";

const MAX_STEPS = 100_000_000;
const MAX_SEQUENCES = 1_000_000;
const PROVIDERS = ["cpu", "cuda", "webgpu"] as const;
/** The learning rate at the end of the cosine, as a share of --lr. */
const LOWEST_SHARE = 0.1;

export const trainingOptions = {
  expert: expertOption("Train this expert only, such as layer1.expert3. Default: all parameters."),
  freezeRouters: switchOption("Leave the routers as they are."),
  steps: withDefault(integerOption("Updates in all, those before an interruption included.", 0, MAX_STEPS), 100),
  lr: withDefault(numberOption("Learning rate, the highest one.", { min: 1e-12, max: 1e6 }), 1e-4),
  warmup: withDefault(integerOption("Updates over which the learning rate rises to --lr.", 0, MAX_STEPS), 0),
  cosine: switchOption("Let the learning rate fall to a tenth of --lr, along half a cosine over --steps."),
  weightDecay: withDefault(numberOption("Decoupled weight decay of matrices.", { min: 0, max: 1e6 }), 0.01),
  clip: numberOption("Largest norm of the gradient; a longer one is scaled down. Default: none.", {
    min: 1e-12,
    max: 1e12,
  }),
  auxLoss: withDefault(numberOption("Factor of the loss that spreads tokens over experts.", { min: 0, max: 1e6 }), 0),
  batch: integerOption("Sequences of an update, in a random order. Default: all in every update.", 1, MAX_SEQUENCES),
  seed: withDefault(integerOption("Of that order.", 0, Number.MAX_SAFE_INTEGER), 0),
  threads: {
    ...integerOption("Training threads. The last digits of numbers depend on it.", 1, 64),
    fallbackText: "one for each core",
  },
  provider: withDefault(choiceOption("What computes.", "provider", PROVIDERS), "cpu"),
};

export type TrainingFlags = OptionValues<typeof trainingOptions>;

/** Throws `usage` for options that exclude each other. */
export function toTrainingOptions(flags: TrainingFlags): TrainingOptions {
  const { expert, freezeRouters, steps, lr, warmup, cosine, weightDecay, clip, auxLoss, threads, provider } = flags;
  if (expert !== undefined && freezeRouters)
    throw usageError("--freeze-routers: --expert leaves them as they are anyway");
  if (expert !== undefined && auxLoss !== 0)
    throw usageError("--aux-loss: expected it without --expert, which trains no router");
  const mode: TrainingMode = expert ?? { kind: "all", router: freezeRouters ? "frozen" : "trained" };
  return {
    mode,
    optimizer: { weightDecay },
    schedule: {
      learningRate: lr,
      warmupSteps: warmup,
      ...(cosine && { totalSteps: Math.max(steps, 1), lowestShare: LOWEST_SHARE }),
    },
    ...(clip !== undefined && { clipNorm: clip }),
    auxiliaryLoss: auxLoss,
    ...(threads !== undefined && { threads }),
    executionProvider: provider,
  };
}

function expertOption(description: string): CliOption<TrainingMode & { readonly kind: "expert" }> {
  const parse = (text: string, name: string) => {
    const slot = parseSlot(text);
    if (slot?.kind === "expert") return { kind: "expert", layer: slot.layer, expert: slot.expert } as const;
    throw usageError(`${name}: expected an expert such as layer1.expert3, got ${excerpt(text)}`);
  };
  return { description, value: "slot", parse, fallback: undefined };
}
