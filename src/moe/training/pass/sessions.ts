/** The sessions of one thread: each graph is built and loaded once, and takes its weights as inputs. */
import { type Feeds, type FloatTensor, floatData, type OrtOptions, OrtSession } from "../../engine/ort.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import type { PartName } from "../../model/parts.ts";
import type { ModelSpec } from "../../model/spec.ts";
import { differentiate, gradientName } from "../autodiff/differentiate.ts";
import { selectOutputs } from "../autodiff/selectOutputs.ts";
import { type FeedForwardKind, feedForwardGraph } from "../graphs/feedForwardGraph.ts";
import { headGradientGraph, lossGraph } from "../graphs/headGraph.ts";
import { layerGraph } from "../graphs/layerGraph.ts";

/** A forward graph with what it keeps, its backward graph, and the outputs that travel from one to the other. */
export interface Differentiable {
  readonly forward: OrtSession;
  readonly backward: OrtSession;
  readonly kept: readonly Value[];
}

export interface SessionOptions extends OrtOptions {
  /** Keep what matrix products give for the backward pass; otherwise it is computed again. */
  readonly keepActivations: boolean;
}

export class GraphSessions {
  readonly #spec: ModelSpec;
  readonly #options: SessionOptions;
  readonly #sessions = new Map<string, OrtSession>();
  readonly #differentiable = new Map<string, Differentiable>();

  constructor(spec: ModelSpec, options: SessionOptions) {
    this.#spec = spec;
    this.#options = options;
  }

  /** @param trained parts of the layer's slots whose gradients are wanted; `someQueries`: see `layerGraph` */
  layer(withRouter: boolean, trained: readonly PartName[], someQueries: boolean): Differentiable {
    return this.#pair(`layer ${withRouter} ${someQueries} ${trained.join(" ")}`, () => {
      const { graph, keep } = layerGraph(this.#spec, withRouter, someQueries);
      return { graph, keep, results: layerResults(withRouter), inputs: ["hidden", ...trained] };
    });
  }

  /** The layer's graph without anything kept. */
  layerInference(withRouter: boolean, someQueries: boolean): OrtSession {
    const build = () => selectOutputs(layerGraph(this.#spec, withRouter, someQueries).graph, layerResults(withRouter));
    return this.#session(`layer ${withRouter} ${someQueries} inference`, build);
  }

  /** @param inputs what gradients are wanted of: `x`, `factors`, parts of the slot */
  feedForward(kind: FeedForwardKind, inputs: readonly Value[]): Differentiable {
    return this.#pair(`${kind} ${inputs.join(" ")}`, () => {
      const { graph, keep } = feedForwardGraph(this.#spec, kind);
      return { graph, keep, results: ["y"], inputs };
    });
  }

  feedForwardInference(kind: FeedForwardKind): OrtSession {
    return this.#session(`${kind} inference`, () => selectOutputs(feedForwardGraph(this.#spec, kind).graph, ["y"]));
  }

  headGradient(trained: readonly PartName[]): OrtSession {
    return this.#session(`head ${trained.join(" ")}`, () => headGradientGraph(this.#spec, trained));
  }

  loss(): OrtSession {
    return this.#session("loss", () => lossGraph(this.#spec));
  }

  close(): void {
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
    this.#differentiable.clear();
  }

  #pair(key: string, build: () => PairSource): Differentiable {
    const known = this.#differentiable.get(key);
    if (known !== undefined) return known;
    const { graph, keep, results, inputs } = build();
    // What is a result anyway costs nothing to keep.
    const keepable = this.#options.keepActivations ? keep : keep.filter((name) => results.includes(name));
    const { backward, kept } = differentiate(graph, { inputs, outputs: results, keep: keepable });
    const outputs = [...new Set([...results, ...kept])];
    const made = {
      forward: this.#session(`${graph.name} ${outputs.join(" ")}`, () => selectOutputs(graph, outputs)),
      backward: this.#session(`${key} backward`, () => backward),
      kept,
    };
    this.#differentiable.set(key, made);
    return made;
  }

  #session(key: string, build: () => Graph): OrtSession {
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    const session = new OrtSession(build(), this.#options);
    this.#sessions.set(key, session);
    return session;
  }
}

function layerResults(withRouter: boolean): Value[] {
  return ["middle", "normed", ...(withRouter ? ["logits"] : [])];
}

interface PairSource {
  readonly graph: Graph;
  readonly keep: readonly Value[];
  readonly results: readonly Value[];
  readonly inputs: readonly Value[];
}

export type Results = Record<string, FloatTensor>;

/** The data of output `name`. */
export function resultOf(results: Results, name: Value): Float32Array {
  return floatData(results[name]);
}

/** The gradient of input `name` among the results of a backward graph. */
export function gradientOf(results: Results, name: Value): Float32Array {
  return floatData(results[gradientName(name)]);
}

/** The kept outputs of a forward run as inputs of the backward run. */
export function keptFeeds(results: Results, kept: readonly Value[]): Feeds {
  return Object.fromEntries(kept.map((name) => [name, results[name] as FloatTensor]));
}
