/**
 * Layer slices: rows of a sequence in, rows out, with the keys and values of the slice's layers kept between calls.
 *
 * A call names the position of its first row. At the end of what is cached it goes on; before it, the session is cut
 * back and replays; beyond it, it is refused. So a repeated step gives the same bytes again.
 */
import { AiBlockError } from "../../core/errors.ts";
import { usesLongFactors } from "../model/ropeFrequencies.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Crew } from "./crew.ts";
import type { Decoder, LayerTrace } from "./decoder.ts";
import type { KvBudget } from "./kvBudget.ts";
import type { ResolvedOptions } from "./options.ts";
import type { SliceParams, SliceResult } from "./protocol.ts";
import type { StateHandle, States } from "./states.ts";
import { checkIds, layerRouting, maxRowsAt } from "./steps.ts";

export interface SliceOptions {
  readonly spec: ModelSpec;
  readonly options: ResolvedOptions;
  readonly crew: Crew;
  readonly decoder: Decoder;
  readonly states: States;
  readonly kvBudget: KvBudget;
  readonly newSequenceNumber: () => number;
}

/** Sessions that may be open at once. */
const MAX_SESSIONS = 256;

interface Session {
  readonly sequence: number;
  readonly state: StateHandle;
  length: number;
  longFactors: boolean;
  /** Positions reserved in the budget. */
  reserved: number;
}

/** Positions are reserved in steps of this many. */
const RESERVE_STEP = 256;

export class SliceSessions {
  readonly #with: SliceOptions;
  readonly #sessions = new Map<string, Session>();

  constructor(options: SliceOptions) {
    this.#with = options;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Runs inside a turn. Throws `bad_slice_input`, `position_gap`, `rope_regime_changed`, `kv_budget_exceeded`, … */
  async run(params: SliceParams, signal: AbortSignal): Promise<SliceResult> {
    const rows = this.#checkInput(params);
    const session = this.#prepare(params, rows);
    const { spec, crew } = this.#with;
    const hidden = new Float32Array(rows * spec.hiddenSize);
    const wanted = this.#logitsWanted(params);
    const logits = wanted === "none" ? undefined : new Float32Array((wanted === "all" ? rows : 1) * spec.vocabSize);
    let traces: LayerTrace[] = [];
    let count = 0;
    for (let done = 0; done < rows; done += count) {
      count = Math.min(rows - done, this.#with.options.prefillRows, maxRowsAt(spec, params.position + rows));
      traces = await this.#step(session, params, done, count, params.position + rows, signal);
      hidden.set(crew.exchange.hidden.subarray(0, count * spec.hiddenSize), done * spec.hiddenSize);
      if (logits !== undefined) this.#takeLogits(session, wanted === "all", logits, done, count, rows);
    }
    checkFinite(logits ?? hidden);
    return { hidden, logits, routing: params.routing ? layerRouting(traces, count - 1) : undefined };
  }

  /** Releases a session's caches. Unknown sessions are no error: closing may be repeated. */
  close(name: string): void {
    const session = this.#sessions.get(name);
    if (session === undefined) return;
    this.#sessions.delete(name);
    this.#with.crew.truncate(session.sequence, 0);
    this.#with.kvBudget.release(session.reserved);
    session.state.release();
  }

  closeAll(): void {
    for (const name of [...this.#sessions.keys()]) this.close(name);
  }

  async #step(
    session: Session,
    params: SliceParams,
    done: number,
    count: number,
    end: number,
    signal: AbortSignal,
  ): Promise<LayerTrace[]> {
    const { spec, crew, decoder, options } = this.#with;
    const size = spec.hiddenSize;
    const { state } = session.state;
    const ids = params.ids?.slice(done, done + count);
    if (ids !== undefined) await state.embedding?.lookUp(ids, crew.exchange.hidden, signal);
    else crew.exchange.hidden.set((params.hidden as Float32Array).subarray(done * size, (done + count) * size));
    const start = params.position + done;
    const step = { sequence: session.sequence, firstRow: 0, rows: count, start, ropeLength: params.ropeLength ?? end };
    const traces: LayerTrace[] = [];
    await decoder.step(state, [step], {
      firstLayer: options.firstLayer,
      lastLayer: options.lastLayer,
      topK: options.topK,
      prefetch: options.prefetch,
      signal,
      onLayer: (trace) => {
        if (params.routing) traces.push(trace);
      },
    });
    session.length = start + count;
    return traces;
  }

  #takeLogits(session: Session, all: boolean, logits: Float32Array, done: number, count: number, rows: number): void {
    const { decoder, spec } = this.#with;
    if (!all && done + count < rows) return;
    const wanted = all ? Array.from({ length: count }, (_, row) => row) : [count - 1];
    decoder.logits(session.state.state, wanted, (row, values) => {
      logits.set(values, all ? (done + row) * spec.vocabSize : 0);
    });
  }

  #logitsWanted({ logits = "last" }: SliceParams): "none" | "last" | "all" {
    const { options, spec } = this.#with;
    return options.lastLayer === spec.layers.length - 1 ? logits : "none";
  }

  /** The number of rows. */
  #checkInput({ ids, hidden, position, session }: SliceParams): number {
    const { options, spec } = this.#with;
    if (typeof session !== "string" || session.length === 0 || session.length > 256) {
      throw badInput("session: expected a name of 1 to 256 characters");
    }
    if (!Number.isSafeInteger(position) || position < 0)
      throw badInput(`position: expected an integer, got ${position}`);
    const takesIds = options.firstLayer === 0;
    if (takesIds ? ids === undefined || hidden !== undefined : hidden === undefined || ids !== undefined) {
      throw badInput(
        `a slice from layer ${options.firstLayer} on takes ${takesIds ? "ids" : "hidden"} and nothing else`,
      );
    }
    if (ids !== undefined) checkIds(ids, spec.vocabSize);
    const rows = ids?.length ?? (hidden as Float32Array).length / spec.hiddenSize;
    if (!Number.isSafeInteger(rows) || rows === 0) {
      throw badInput(`hidden: expected whole rows of ${spec.hiddenSize}, got ${hidden?.length} values`);
    }
    if (hidden !== undefined) checkFinite(hidden);
    if (position + rows > spec.maxPositions) {
      throw new AiBlockError("context_too_long", `position ${position} + ${rows} rows exceed ${spec.maxPositions}`, {
        maxPositions: spec.maxPositions,
      });
    }
    return rows;
  }

  #prepare({ session: name, position, ropeLength }: SliceParams, rows: number): Session {
    const { spec, crew, kvBudget } = this.#with;
    const end = position + rows;
    const long = usesLongFactors(spec.rope, ropeLength ?? end);
    let session = this.#sessions.get(name);
    if (position > (session?.length ?? 0)) {
      throw new AiBlockError(
        "position_gap",
        `position: expected at most ${session?.length ?? 0}, where session ${name} ends, got ${position}`,
        { expected: session?.length ?? 0, got: position },
      );
    }
    if (session !== undefined && position > 0 && session.longFactors !== long) {
      throw new AiBlockError(
        "rope_regime_changed",
        `session ${name} outgrows the model's short factors: feed it again from position 0 with ropeLength ${end}`,
        { ropeLength: ropeLength ?? end },
      );
    }
    if (session !== undefined && position === 0) {
      // A replay from the start may run on a newer state of the model.
      this.close(name);
      session = undefined;
    }
    if (session === undefined) session = this.#open(name);
    const positions = Math.ceil(end / RESERVE_STEP) * RESERVE_STEP;
    if (positions > session.reserved) {
      kvBudget.check(positions);
      if (!kvBudget.reserve(positions - session.reserved)) {
        throw new AiBlockError("kv_budget_exceeded", `session ${name}: no memory for ${positions} positions now`);
      }
      session.reserved = positions;
    }
    session.longFactors = long;
    if (position < session.length) {
      crew.truncate(session.sequence, position);
      session.length = position;
    }
    return session;
  }

  #open(name: string): Session {
    if (this.#sessions.size >= MAX_SESSIONS) {
      throw new AiBlockError("engine_busy", `${MAX_SESSIONS} slice sessions are open already`);
    }
    const session: Session = {
      sequence: this.#with.newSequenceNumber(),
      state: this.#with.states.pin(),
      length: 0,
      longFactors: false,
      reserved: 0,
    };
    this.#sessions.set(name, session);
    return session;
  }
}

function badInput(message: string): AiBlockError {
  return new AiBlockError("bad_slice_input", message);
}

/** Throws `non_finite_values`: they never travel on to another host. */
function checkFinite(values: Float32Array): void {
  // One sum instead of a test for each value: x * 0 is 0, and NaN exactly when x is not finite.
  let poison = 0;
  for (let i = 0; i < values.length; i++) poison += (values[i] as number) * 0;
  if (poison === 0) return;
  throw new AiBlockError("non_finite_values", "expected finite numbers, got NaN or infinity");
}
