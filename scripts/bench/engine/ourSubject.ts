/** This project's engine. */
import { setTimeout } from "node:timers/promises";
import { createEngine, type Engine } from "../../../src/moe/engine/engine.ts";
import { folderSlotSource } from "../../../src/moe/folderSource.ts";
import { type LoadCommand, type SubjectImplementation, serve } from "./subject.ts";

const STEPS_BEFORE_ABORT = 3;
/** Into the step that has begun. */
const ABORT_DELAY_MS = 50;

let engine: Engine | undefined;
/** The sequence at hand, prompt and answer; a generation takes up what the one before it has computed. */
let sequence: number[] = [];
let sequences = 0;

/** Generates greedily; returns the times at which the tokens came. */
async function generate(ids: readonly number[], maxTokens: number, sessionKey?: string): Promise<number[]> {
  if (engine === undefined) throw new Error("nothing is loaded");
  const times: number[] = [];
  const session = sessionKey === undefined ? {} : { sessionKey };
  for await (const event of engine.generate({ ids, maxTokens, sampling: { temperature: 0 }, ...session })) {
    if (event.type !== "token") continue;
    times.push(performance.now());
    if (sessionKey !== undefined) sequence.push(event.id);
  }
  if (times.length !== maxTokens) throw new Error(`expected ${maxTokens} tokens, got ${times.length}`);
  return times;
}

const ours: SubjectImplementation = {
  async load({ model, threads, maxPositions, precision, cacheFolder, expertBudgetBytes }: LoadCommand) {
    const source = await folderSlotSource(model);
    if (source.spec.maxPositions < maxPositions) throw new Error(`the model has ${source.spec.maxPositions} positions`);
    engine = await createEngine({
      source,
      threads,
      ...(precision && { precision }),
      ...(cacheFolder && { cacheFolder }),
      ...(expertBudgetBytes && { expertBudgetBytes }),
    });
  },
  async prompt(ids) {
    await generate(ids, 1);
  },
  async begin(ids) {
    sequence = [...ids];
    await generate(ids, 1, `sequence ${++sequences}`);
  },
  async next(tokens) {
    const times = await generate([...sequence], tokens + 1, `sequence ${sequences}`);
    return ((times.at(-1) as number) - (times[0] as number)) / 1000;
  },
  async abort(ids) {
    if (engine === undefined) throw new Error("nothing is loaded");
    const controller = new AbortController();
    const { steps } = await engine.stats();
    let startMs = 0;
    const generation = (async () => {
      for await (const _ of engine.generate({ ids, maxTokens: 1, signal: controller.signal }));
    })();
    const ended = generation.then(
      () => {
        throw new Error("the generation ended before it was aborted");
      },
      (error: unknown) => {
        if (!controller.signal.aborted) throw error;
        return (performance.now() - startMs) / 1000;
      },
    );
    // In the middle: some steps are over, and the next one runs.
    while ((await engine.stats()).steps < steps + STEPS_BEFORE_ABORT);
    await setTimeout(ABORT_DELAY_MS);
    startMs = performance.now();
    controller.abort();
    return ended;
  },
  async batch(prompts, tokens) {
    const all = await Promise.all(prompts.map((ids) => generate(ids, tokens + 1)));
    const first = Math.max(...all.map((times) => times[0] as number));
    const last = Math.max(...all.map((times) => times.at(-1) as number));
    return (last - first) / 1000;
  },
};

serve(ours);
