/** Runs a split graph: stages with onnxruntime, or in JavaScript where that is faster, and products between them. */
import type { Graph, ValueInfo } from "../../graph/graph.ts";
import { type Feeds, type FloatTensor, floatData, floats, type OrtSession, type Session } from "../ort.ts";
import { MAX_NATIVE_ROWS, type NativeStage, nativeStage, type RowValues } from "./nativeStage.ts";
import { SCRATCH_BYTES } from "./panelMemory.ts";
import type { PanelProduct } from "./panelProduct.ts";
import { type ProductStep, splitGraph } from "./splitGraph.ts";

/**
 * From so many rows on 8-bit matrices become floats first. Measured for a million weights, one thread: 52 µs a row as
 * integers; as floats 1.3 ms and 22 µs a row.
 */
const FLOAT_ROWS = 64;

interface RunnableStage {
  readonly session: OrtSession | undefined;
  /** The same computation, where there is one. */
  readonly native: NativeStage | undefined;
  /** Of the stage's graph. */
  readonly inputs: readonly ValueInfo[];
  readonly products: readonly ProductStep[];
}

/** What all slots with the same graph share. */
export class SplitPlan {
  readonly stages: readonly RunnableStage[];
  /** Names of the matrices in the graph. */
  readonly matrices: readonly string[];
  /** All [rows, width]. */
  readonly outputs: readonly ValueInfo[];
  /** The whole graph with float32 matrices as inputs. */
  readonly float: () => OrtSession;
  /** The input whose first dimension is the number of rows. */
  readonly rowsInput: string;

  /**
   * @param session makes the session of a stage
   * @param float makes the whole session
   */
  constructor(graph: Graph, session: (stage: number, graph: Graph) => OrtSession, float: () => OrtSession) {
    this.float = float;
    this.outputs = graph.outputs;
    this.rowsInput = (graph.inputs.find(({ shape }) => shape.length === 2 && shape[0] === "rows") as ValueInfo).name;
    this.stages = splitGraph(graph).map(({ graph: part, products }, stage) => ({
      session: part && session(stage, part),
      native: part && nativeStage(part),
      inputs: part?.inputs ?? [],
      products,
    }));
    this.matrices = this.stages.flatMap(({ products }) => products.map(({ matrix }) => matrix));
  }
}

export class SplitSession implements Session {
  readonly #plan: SplitPlan;
  readonly #products: ReadonlyMap<string, PanelProduct>;
  readonly #fitsAsFloats: boolean;

  constructor(plan: SplitPlan, products: ReadonlyMap<string, PanelProduct>) {
    this.#plan = plan;
    this.#products = new Map(plan.matrices.map((name) => [name, products.get(name) as PanelProduct]));
    const sizes = [...this.#products.values()].map(({ floatBytes }) => floatBytes ?? Number.POSITIVE_INFINITY);
    this.#fitsAsFloats = sizes.reduce((total, bytes) => total + bytes, 0) <= SCRATCH_BYTES;
  }

  #floatMatrices(): Feeds {
    const feeds: Feeds = {};
    let address = 0;
    for (const [name, product] of this.#products) {
      feeds[name] = floats(product.dequantise(address), [product.shape.outputs, product.shape.inputs]);
      address += product.floatBytes as number;
    }
    return feeds;
  }

  run(feeds: Feeds): Record<string, FloatTensor> {
    const { stages, outputs, rowsInput } = this.#plan;
    const rows = (feeds[rowsInput] as FloatTensor).dims[0] as number;
    if (rows >= FLOAT_ROWS && this.#fitsAsFloats) return this.#plan.float().run({ ...feeds, ...this.#floatMatrices() });
    const values: RowValues = new Map();
    for (const name in feeds) values.set(name, floatData(feeds[name]));
    for (const { session, native, inputs, products } of stages) {
      if (native !== undefined && rows <= MAX_NATIVE_ROWS) native(values, rows);
      else if (session !== undefined) runStage(session, inputs, values, feeds, rows);
      for (const { matrix, x, y } of products) {
        const product = this.#products.get(matrix) as PanelProduct;
        values.set(y, product.multiply(values.get(x) as Float32Array, rows));
      }
    }
    const results: Record<string, FloatTensor> = {};
    for (const { name, shape } of outputs) {
      results[name] = floats(values.get(name) as Float32Array, [rows, shape[1] as number]);
    }
    return results;
  }
}

function runStage(
  session: OrtSession,
  inputs: readonly ValueInfo[],
  values: RowValues,
  feeds: Feeds,
  rows: number,
): void {
  const own: Feeds = {};
  for (const { name, shape } of inputs) {
    own[name] = feeds[name] ?? floats(values.get(name) as Float32Array, [rows, shape[1] as number]);
  }
  for (const [name, tensor] of Object.entries(session.run(own))) values.set(name, floatData(tensor));
}
