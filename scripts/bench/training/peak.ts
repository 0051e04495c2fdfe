/** The machine's speed at matrix products in float32, by the same runtime, on one core. */
import { floats, OrtSession, SINGLE_THREADED } from "../../../src/moe/engine/ort.ts";
import { GraphBuilder } from "../../../src/moe/graph/graph.ts";

const SIZE = 1024;

export class MatmulPeak {
  readonly #session: OrtSession;
  readonly #feeds: Record<string, ReturnType<typeof floats>>;

  constructor() {
    const g = new GraphBuilder("peak");
    const [a, b] = [g.input("a", "float32", [SIZE, SIZE]), g.input("b", "float32", [SIZE, SIZE])];
    // One element of the product is handed out, so that nothing but the product is measured.
    g.output("y", g.op("Slice", [g.op("MatMul", [a, b]), g.integers([0]), g.integers([1])]), [1, SIZE]);
    this.#session = new OrtSession(g.build(), SINGLE_THREADED);
    const values = Float32Array.from({ length: SIZE * SIZE }, (_, i) => Math.sin(i));
    this.#feeds = { a: floats(values, [SIZE, SIZE]), b: floats(values, [SIZE, SIZE]) };
  }

  /** Operations for each second of processor time over `runs` products. */
  measure(runs: number): number {
    const start = process.cpuUsage();
    for (let i = 0; i < runs; i++) this.#session.run(this.#feeds);
    return (2 * SIZE ** 3 * runs) / processorSeconds(start);
  }

  close(): void {
    this.#session.close();
  }
}

/** Of all threads of this process, since `start`. */
export function processorSeconds(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}
