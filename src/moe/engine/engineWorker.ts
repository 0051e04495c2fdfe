/**
 * The engine's worker: takes calls from the caller's thread and answers them. It is also the leader of the computing
 * threads, so while a step runs it takes no messages; aborts reach it through shared memory.
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { AiBlockError } from "../../core/errors.ts";
import { EventOutbox } from "./eventOutbox.ts";
import { dismiss } from "./followers.ts";
import { checkSequences } from "./lossRun.ts";
import type {
  EvaluateParams,
  ExpertParams,
  FromWorker,
  GenerateParams,
  LossParams,
  Method,
  Methods,
  SliceParams,
  SourceDescription,
  ToWorker,
  WorkerStart,
} from "./protocol.ts";
import { RemoteReads } from "./remoteSource.ts";
import { Runtime } from "./runtime.ts";
import type { Request } from "./sequence.ts";
import { toWire } from "./wireError.ts";

const port = parentPort as MessagePort;
const { options, source: firstSource, abort: startFlag, workFolder, followers } = workerData as WorkerStart;
const { spec } = firstSource;

interface Call {
  readonly abort: AbortController;
  readonly flag: Int32Array;
  /** Of a generation: its caller has taken so many events. */
  taken?: (count: number) => void;
}

const calls = new Map<number, Call>();
const reads = new RemoteReads(port);
const post = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

const outbox = new EventOutbox((events) => post({ type: "events", events }));

let runtime: Runtime;

type Handler<M extends Method> = (
  params: Methods[M]["params"],
  id: number,
  call: Call,
) => Promise<Methods[M]["result"]>;

const HANDLERS: { readonly [M in Method]: Handler<M> } = {
  generate: (params, id, call) => generate(params, id, call),
  slice: (params: SliceParams, _, { abort }) => runtime.turns.run(() => runtime.slices.run(params, abort.signal)),
  closeSession: ({ session }) =>
    runtime.turns.run(async () => {
      runtime.slices.close(session);
      return undefined;
    }),
  expert: (params: ExpertParams, _, { abort }) => runtime.expert(params, abort.signal),
  loss: ({ sequences }: LossParams, _, { abort }) => runtime.loss(sequences, abort.signal),
  openEvaluation: ({ sequences }: LossParams, _, { abort }) => {
    checkSequences(spec, options, sequences);
    return runtime.turns.run(() => runtime.evaluations.open(sequences, abort.signal));
  },
  evaluate: ({ evaluation, source, layer }: EvaluateParams, _, { abort }) =>
    runtime.turns.run(() =>
      runtime.evaluations.evaluate(evaluation, source.number, reads.source(source), layer, abort.signal),
    ),
  closeEvaluation: ({ evaluation }) =>
    runtime.turns.run(async () => {
      runtime.evaluations.close(evaluation);
      return undefined;
    }),
  useSource: async (source: SourceDescription, _, { abort }) => {
    await runtime.useSource(source.number, reads.source(source), abort.signal);
    return undefined;
  },
  stats: async () => runtime.stats(),
  takeExpertTimes: async () => runtime.takeExpertTimes(),
  close: async () => {
    await runtime.close();
    return undefined;
  },
};

function generate(params: GenerateParams, id: number, call: Call): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const request: Request = {
      params,
      signal: call.abort.signal,
      ahead: 0,
      emit: (event) => {
        request.ahead++;
        outbox.add(id, event);
      },
      promptComputed: (computed) => {
        if (params.promptProgress) post({ type: "prompt", id, computed });
      },
      finish: () => resolve(undefined),
      fail: reject,
    };
    runtime.scheduler.add(request);
    call.taken = (count) => {
      request.ahead -= count;
      runtime.scheduler.wake();
    };
  });
}

function abortCall(call: Call | undefined): void {
  if (call?.abort.signal.aborted === false) call.abort.abort(new AiBlockError("aborted", "the call was aborted"));
}

/** Takes notice of aborts while a step runs. */
function poll(): void {
  for (const call of calls.values()) if (Atomics.load(call.flag, 0) !== 0) abortCall(call);
}

async function handleCall({ id, method, params, abort: flag }: ToWorker & { type: "call" }): Promise<void> {
  const call: Call = { abort: new AbortController(), flag };
  calls.set(id, call);
  try {
    if (Atomics.load(flag, 0) !== 0) throw new AiBlockError("aborted", "the call was aborted");
    const handler = HANDLERS[method] as Handler<Method>;
    const value = await handler(params as never, id, call);
    outbox.flush();
    post({ type: "result", id, value });
  } catch (error) {
    outbox.flush();
    post({ type: "error", id, error: toWire(error) });
  } finally {
    calls.delete(id);
  }
  if (method === "close") port.close();
}

port.on("message", (message: ToWorker) => {
  switch (message.type) {
    case "call":
      void handleCall(message);
      break;
    case "abort":
      abortCall(calls.get(message.id));
      if (message.id !== 0) runtime.scheduler.wake();
      break;
    case "taken":
      calls.get(message.id)?.taken?.(message.count);
      break;
    case "bytes":
      reads.answer(message);
      break;
  }
});

async function start(): Promise<void> {
  const call: Call = { abort: new AbortController(), flag: startFlag };
  calls.set(0, call);
  try {
    runtime = new Runtime(spec, options, {
      workFolder,
      followers,
      onReleased: (source) => post({ type: "released", source }),
      poll,
    });
    await runtime.useSource(firstSource.number, reads.source(firstSource), call.abort.signal);
    calls.delete(0);
    post({ type: "ready" });
  } catch (error) {
    post({ type: "failed", error: toWire(error) });
    await (runtime as Runtime | undefined)?.close();
    for (const follower of followers) dismiss(follower);
    port.close();
  }
}

await start();
