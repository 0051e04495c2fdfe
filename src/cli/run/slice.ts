/**
 * `--layers a-b`: what goes into these layers and comes out of them, for every id of the prompt. The layers before are
 * computed first by an engine of their own, which is gone when the slice's engine starts.
 */
import type { Engine, EngineOptions, LayerRouting } from "../../moe/engine/engine.ts";
import { toModelJson, toSettingsJson } from "../engine/engineJson.ts";
import { withEngine } from "../engine/withModel.ts";
import type { CommandContext } from "../framework/context.ts";
import { TraceFile } from "./traceFile.ts";

export interface SliceRun {
  readonly path: string;
  readonly options: EngineOptions;
  readonly layers: readonly [first: number, last: number];
  readonly ids: readonly number[];
  readonly trace: string;
}

interface SlicedPosition {
  readonly hidden: Float32Array;
  readonly logits: Float32Array | undefined;
  readonly routing: readonly LayerRouting[];
}

const SESSION = "trace";

export async function runSlice(
  context: CommandContext,
  { path, options, layers, ids, trace }: SliceRun,
): Promise<void> {
  const { signal } = context;
  const [first, last] = layers;
  const file = await TraceFile.create(trace);
  try {
    const below =
      first === 0
        ? undefined
        : await withEngine({ ...options, layers: [0, first - 1] }, signal, (engine) =>
            feed(engine, ids, undefined, signal),
          );
    await withEngine({ ...options, layers: [first, last] }, signal, async (engine) => {
      const positions = await feed(engine, ids, below, signal);
      for (const [position, { hidden, logits, routing }] of positions.entries()) {
        const embedding = below?.[position]?.hidden ?? null;
        await file.add({ position, id: ids[position] as number, embedding, hidden: [hidden], routing, logits });
      }
      await file.finish({
        model: toModelJson(path, engine),
        settings: toSettingsJson(engine),
        promptIds: [...ids],
        generatedIds: [],
      });
    });
  } finally {
    await file.close();
  }
}

/** Position by position, since an engine tells the choices of a call's last position only. */
async function feed(
  engine: Engine,
  ids: readonly number[],
  below: readonly SlicedPosition[] | undefined,
  signal: AbortSignal,
): Promise<SlicedPosition[]> {
  const positions: SlicedPosition[] = [];
  for (const [position, id] of ids.entries()) {
    const input = below === undefined ? { ids: [id] } : { hidden: (below[position] as SlicedPosition).hidden };
    const result = await engine.slice(
      { session: SESSION, position, ropeLength: ids.length, routing: true, ...input },
      signal,
    );
    positions.push({ hidden: result.hidden, logits: result.logits, routing: result.routing ?? [] });
  }
  return positions;
}
