/** The evaluation set that goes on the chain with the model: held-out conversations as token ids. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Tokenizer } from "../../src/moe/text/tokenizer.ts";
import type { HeldOutItem } from "./corpus/types.ts";

/** Every so many items: enough for a measurement to 0.001 nats, and done in a second. */
const EVERY = 8;

/** Writes `evaluation.json`: an array of arrays of token ids. */
export async function writeEvaluation(folder: string, items: readonly HeldOutItem[], tokenizer: Tokenizer) {
  const sequences = items
    .filter((_, i) => i % EVERY === 0)
    .map(({ messages, expected }) =>
      tokenizer.encodeChat(
        [...messages, { role: "assistant", content: expected }].map(({ role, content }) => ({ role, content })),
        { addGenerationPrompt: false },
      ),
    );
  await writeFile(join(folder, "evaluation.json"), `${JSON.stringify(sequences)}\n`);
}
