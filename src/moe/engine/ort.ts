/**
 * onnxruntime, called synchronously.
 *
 * `InferenceSession.run` of the package returns a promise but computes on the calling thread all the same, after a trip
 * through `setImmediate`. The engine runs in worker threads that step together, so it calls the binding under it.
 * The package's version is pinned exactly; a test calls every function that is used here.
 */
import "./telemetry.ts";
import { createRequire } from "node:module";
import type { Env, Tensor, TensorConstructor } from "onnxruntime-node";
import { AiBlockError, errorMessage } from "../../core/errors.ts";
import type { Graph } from "../graph/graph.ts";
import { encodeModel } from "../graph/onnxModel.ts";

export const EXECUTION_PROVIDERS = ["cpu", "cuda", "webgpu"] as const;
export type ExecutionProvider = (typeof EXECUTION_PROVIDERS)[number];

export type FloatTensor = Tensor;

export type Feeds = Record<string, Tensor>;

interface NativeSession {
  loadModel(buffer: ArrayBufferLike, byteOffset: number, byteLength: number, options: object): void;
  run(feeds: Feeds, fetches: Record<string, null>, options: object): Record<string, Tensor>;
  dispose(): void;
}

interface Binding {
  readonly binding: {
    readonly InferenceSession: new () => NativeSession;
    listSupportedBackends(): { readonly name: string; readonly bundled: boolean }[];
  };
  initOrt(): void;
}

interface Loaded {
  readonly native: Binding["binding"];
  readonly Tensor: TensorConstructor;
}

let loaded: Loaded | undefined;

function load(): Loaded {
  if (loaded === undefined) {
    try {
      const require = createRequire(import.meta.url);
      const { Tensor, env } = require("onnxruntime-node") as { Tensor: TensorConstructor; env: Env };
      // Whatever fails is thrown as well: lines of its own on stderr would only come before ours.
      env.logLevel = "fatal";
      const { binding, initOrt } = require("onnxruntime-node/dist/binding.js") as Binding;
      initOrt();
      loaded = { native: binding, Tensor };
    } catch (cause) {
      const where = `${process.platform}-${process.arch}`;
      throw new AiBlockError(
        "onnxruntime_missing",
        `onnxruntime could not be loaded on ${where}: ${errorMessage(cause)}`,
        {},
        { cause },
      );
    }
  }
  return loaded;
}

/** Execution providers that this build of onnxruntime knows, with or without the libraries they need. */
export function listExecutionProviders(): readonly { readonly name: string; readonly bundled: boolean }[] {
  return load().native.listSupportedBackends();
}

export interface OrtOptions {
  readonly executionProvider: ExecutionProvider;
  /** Threads inside one run; the engine's own threads each use one. */
  readonly threads: number;
  /** Where the files lie that the graph's constants are in. */
  readonly weightsFolder?: string;
}

export const SINGLE_THREADED: OrtOptions = { executionProvider: "cpu", threads: 1 };

export class OrtSession {
  readonly #session: NativeSession;
  readonly #fetches: Record<string, null>;

  constructor(graph: Graph, options: OrtOptions = SINGLE_THREADED) {
    const { native } = load();
    const model = encodeModel(graph);
    this.#session = new native.InferenceSession();
    this.#session.loadModel(model.buffer, model.byteOffset, model.byteLength, {
      executionProviders: [options.executionProvider],
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      enableMemPattern: false,
      // A session with weights of its own serves one slot. There are thousands: each arena would keep its memory, and
      // fusions that this graph has no use for take 0.5 of the 4 ms that it takes to make one.
      enableCpuMemArena: options.weightsFolder === undefined,
      graphOptimizationLevel: options.weightsFolder === undefined ? "all" : "basic",
      logSeverityLevel: 4,
      extra: {
        session: {
          // Idle pools that spin take the cores from those that work: with many sessions ten times slower.
          intra_op: { allow_spinning: "0" },
          ...(options.weightsFolder && { model_external_initializers_file_folder_path: options.weightsFolder }),
          // Packing would copy float32 matrices out of the file; quantised ones cannot be multiplied without it.
          ...(options.weightsFolder &&
            !graph.nodes.some(({ op }) => op === "MatMulNBits") && { disable_prepacking: "1" }),
        },
      },
    });
    this.#fetches = Object.fromEntries(graph.outputs.map(({ name }) => [name, null]));
  }

  /** Blocks this thread until the outputs are there. They are fresh buffers. */
  run(feeds: Feeds): Record<string, Tensor> {
    return this.#session.run(feeds, this.#fetches, {});
  }

  close(): void {
    this.#session.dispose();
  }
}

/** A view as onnxruntime takes it: the data is not copied, neither here nor by `run`. */
export function floats(data: Float32Array, shape: readonly number[]): FloatTensor {
  return new (load().Tensor)("float32", data, shape);
}

export function floatData(tensor: Tensor | undefined): Float32Array {
  return (tensor as Tensor).data as Float32Array;
}
