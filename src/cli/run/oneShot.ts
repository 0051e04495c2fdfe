/** One answer: streamed as text, or as one JSON object at the end. */
import { type AnswerEnd, answer } from "../../moe/chat/answer.ts";
import type { Engine } from "../../moe/engine/engine.ts";
import type { TextWorker } from "../../moe/text/textWorker.ts";
import { toModelJson, toSettingsJson } from "../engine/engineJson.ts";
import type { CommandContext } from "../framework/context.ts";
import { namingFlags } from "../framework/nameFlags.ts";
import { AnswerPrinter } from "./answerPrinter.ts";
import type { RunFlags } from "./options.ts";
import type { FedPrompt } from "./prompt.ts";
import { describeRun, type Outcome, toRunJson } from "./runJson.ts";
import type { NextSampling } from "./sampling.ts";
import { TraceFile } from "./traceFile.ts";

export interface OneShot {
  readonly path: string;
  readonly engine: Engine;
  readonly text: TextWorker | undefined;
  readonly eosIds: readonly number[];
  readonly prompt: FedPrompt;
  readonly nextSampling: NextSampling;
  readonly flags: RunFlags;
}

export async function runOnce(context: CommandContext, shot: OneShot): Promise<void> {
  const { path, engine, text, prompt, flags } = shot;
  const loadMs = performance.now();
  const sampling = shot.nextSampling();
  const trace = flags.trace === undefined ? undefined : await TraceFile.create(flags.trace);
  try {
    const given = { ids: flags.ids === undefined ? "--prompt" : "--ids" };
    const heard = await namingFlags(given, () => listen(context, shot, sampling, trace));
    // Nobody reads any more.
    if (heard.end === undefined) return;
    const generatedIds = heard.generatedIds;
    await trace?.finish({
      model: toModelJson(path, engine),
      settings: toSettingsJson(engine),
      promptIds: [...prompt.ids],
      generatedIds: [...generatedIds],
    });
    const stats = await engine.stats();
    const said = text === undefined ? undefined : heard.said;
    const outcome: Outcome = {
      path,
      engine,
      stats,
      loadMs,
      sampling,
      promptIds: prompt.ids,
      generatedIds,
      text: said,
      end: heard.end,
    };
    if (flags.json) context.out.json(toRunJson(outcome));
    else if (text === undefined) context.print(generatedIds.join());
    if (!flags.quiet) for (const line of describeRun(engine, stats, heard.end)) context.note(line);
  } finally {
    await trace?.close();
  }
}

interface Heard {
  readonly said: string;
  readonly generatedIds: readonly number[];
  readonly end: AnswerEnd | undefined;
}

async function listen(
  { out, signal }: CommandContext,
  { engine, text, eosIds, prompt, flags }: OneShot,
  sampling: ReturnType<NextSampling>,
  trace: TraceFile | undefined,
): Promise<Heard> {
  const printer = flags.json ? undefined : new AnswerPrinter(out);
  const generatedIds: number[] = [];
  let said = "";
  let end: AnswerEnd | undefined;
  const events = answer(engine, {
    ids: prompt.ids,
    continues: prompt.continues,
    maxTokens: flags.maxTokens,
    sampling,
    stopIds: eosIds,
    stop: flags.stop ?? [],
    decoder: text?.decoder,
    trace: trace !== undefined,
    signal,
  });
  try {
    for await (const event of events) {
      if (event.type === "trace") {
        await trace?.add(event);
        continue;
      }
      if (event.type === "token") generatedIds.push(event.id);
      else end = event;
      said += event.text;
      await printer?.print(event.text);
      if (printer !== undefined && out.closed) return { said, generatedIds, end: undefined };
    }
  } finally {
    if (text !== undefined && (said !== "" || end !== undefined)) printer?.endLine();
  }
  return { said, generatedIds, end };
}
