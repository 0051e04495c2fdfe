import { readFileSync } from "node:fs";
import { join } from "node:path";
import { folderSlotSource } from "../../../src/moe/folderSource.ts";
import { createTrainer } from "../../../src/moe/training/trainer.ts";
import { FIXTURES } from "./gold.ts";

const CHECKPOINTS = [
  "mixtral-bf16",
  "mixtral-f16",
  "olmoe-bf16",
  "olmoe-f16",
  "qwen2moe-mix",
  "qwen3moe-mix-v5",
  "deepseek_v2-lite",
  "deepseek_v2-group",
  "deepseek_v3",
  "gpt_oss",
  "granitemoe",
  "phimoe",
];

interface Reference {
  readonly prompts: readonly { readonly input_ids: readonly number[] }[];
  readonly detail: { readonly logits_all: readonly (readonly number[])[] };
}

const TARGETS = { "all tokens": () => true, "the last tokens": (i: number, count: number) => i >= count - 3 };
const CASES = CHECKPOINTS.flatMap((name) =>
  Object.entries(TARGETS).map(([learned, isTarget]) => [name, learned, isTarget] as const),
);
const TITLE = "%s, learning %s: the loss is that of the reference logits, and the gradient is its slope";

test.each(CASES)(TITLE, async (name, _, isTarget) => {
  const reference = JSON.parse(readFileSync(join(FIXTURES, name, "reference.json"), "utf8")) as Reference;
  const logits = reference.detail.logits_all;
  const tokens = reference.prompts.find(({ input_ids }) => input_ids.length === logits.length)!.input_ids;
  const targets = tokens.map((_, i) => isTarget(i, tokens.length));
  const batch = { sequences: [tokens], targets: [targets] };
  const source = await folderSlotSource(join(FIXTURES, name));
  const trainer = await createTrainer({ source, threads: 1 });
  try {
    const { loss } = await trainer.loss(batch);
    const losses = tokens
      .slice(1)
      .map((token, i) => crossEntropy(logits[i] as readonly number[], token))
      .filter((_, i) => targets[i + 1]);
    const expected = losses.reduce((sum, one) => sum + one, 0) / losses.length;
    expect(Math.abs(loss - expected)).toBeLessThan(1e-4);

    // Along the gradient itself the loss rises by its norm.
    const { gradientNorm } = await trainer.gradients(batch);
    const { trained, gradients } = trainer.memory;
    const start = trained.slice();
    const direction = gradients[0]!.slice();
    const lossAt = async (distance: number): Promise<number> => {
      for (const [i, value] of start.entries())
        trained[i] = value + (distance * (direction[i] as number)) / gradientNorm;
      return (await trainer.loss(batch)).loss;
    };
    const step = 3e-4;
    const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
    expect(Math.abs(slope / gradientNorm - 1)).toBeLessThan(2e-3);
  } finally {
    await trainer.close();
    await source.close();
  }
});

test("weights in four-bit blocks are refused before training, naming the tensor", async () => {
  const source = await folderSlotSource(join(FIXTURES, "gpt_oss-mxfp4"));
  try {
    await expect(createTrainer({ source })).rejects.toMatchObject({
      code: "arrangement_unsupported",
      data: { arrangement: "mxfp4-interleaved" },
    });
  } finally {
    await source.close();
  }
});

function crossEntropy(logits: readonly number[], token: number): number {
  const top = Math.max(...logits);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0);
  return top + Math.log(total) - (logits[token] as number);
}
