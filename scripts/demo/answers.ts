/** Asks a checkpoint the held-out questions, on the project's own engine, and counts which experts answer what. */
import { createEngine } from "../../src/moe/engine/engine.ts";
import { folderSlotSource } from "../../src/moe/folderSource.ts";
import type { Tokenizer } from "../../src/moe/text/tokenizer.ts";
import { END_TOKEN } from "./chatTemplate.ts";
import type { HeldOutItem } from "./corpus/types.ts";

const MAX_ANSWER_TOKENS = 120;
const CONCURRENT = 16;

export interface HeldOutAnswers {
  /** By the id of the item. */
  readonly answers: ReadonlyMap<string, string>;
  /** Generated tokens by domain, layer and expert: [layer][expert], each token counted for each of its experts. */
  readonly expertTokens: ReadonlyMap<string, readonly (readonly number[])[]>;
}

/** Greedy answers. Throws the codes of `folderSlotSource` and of the engine, or the signal's reason. */
export async function answerHeldOut(
  folder: string,
  tokenizer: Tokenizer,
  items: readonly HeldOutItem[],
  signal?: AbortSignal,
): Promise<HeldOutAnswers> {
  const source = await folderSlotSource(folder);
  const engine = await createEngine({ source });
  const { layers, experts } = source.spec;
  const answers = new Map<string, string>();
  const expertTokens = new Map<string, number[][]>();
  const stopIds = [tokenizer.idOf(END_TOKEN) as number];
  const answer = async ({ id, domain, messages }: HeldOutItem): Promise<void> => {
    const counts = expertTokens.get(domain) ?? layers.map(() => Array<number>(experts.count).fill(0));
    expertTokens.set(domain, counts);
    const prompt = tokenizer.encodeChat(messages.map(({ role, content }) => ({ role, content })));
    const ids: number[] = [];
    const events = engine.generate({
      ids: prompt,
      maxTokens: MAX_ANSWER_TOKENS,
      sampling: { temperature: 0 },
      stopIds,
      routing: true,
      ...(signal && { signal }),
    });
    for await (const event of events) {
      if (event.type !== "token") continue;
      ids.push(event.id);
      for (const { layer, experts: chosen } of event.routing ?? []) {
        const row = counts[layer] as number[];
        for (const expert of chosen) row[expert] = (row[expert] as number) + 1;
      }
    }
    answers.set(id, tokenizer.decode(ids));
  };
  try {
    const waiting = [...items];
    const worker = async (): Promise<void> => {
      for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) await answer(item);
    };
    await Promise.all(Array.from({ length: CONCURRENT }, worker));
  } finally {
    await engine.close();
    await source.close();
  }
  return { answers, expertTokens };
}
