/** Graphs that are cut at their products compute what onnxruntime computes with the same, dequantised matrices. */
import { mkdtempSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Feeds, floatData, floats, OrtSession, SINGLE_THREADED } from "../../../../src/moe/engine/ort.ts";
import { nativeStage } from "../../../../src/moe/engine/panels/nativeStage.ts";
import { panelBlockSize } from "../../../../src/moe/engine/panels/packPanels.ts";
import { PanelStore } from "../../../../src/moe/engine/panels/panelStore.ts";
import { PreparedStore } from "../../../../src/moe/engine/preparedStore.ts";
import { dequantiseMatrix, quantiseMatrix } from "../../../../src/moe/engine/quantise.ts";
import { SessionPool } from "../../../../src/moe/engine/sessionPool.ts";
import type { Weights } from "../../../../src/moe/engine/weights.ts";
import { feedForwardGraph } from "../../../../src/moe/graph/feedForwardGraph.ts";
import { GraphBuilder } from "../../../../src/moe/graph/graph.ts";
import { activate, norm } from "../../../../src/moe/graph/layers.ts";
import { floatMatrices } from "../../../../src/moe/graph/matrices.ts";
import type { ModelSpec } from "../../../../src/moe/model/spec.ts";

const HIDDEN = 96;
const SIZE = 48;
const SHARE = { shard: 0, shards: 1 };
const SPEC = { hiddenSize: HIDDEN, activation: { kind: "gated", function: "silu" } } as unknown as ModelSpec;
const SHAPE = { intermediateSize: SIZE, gateUpBias: true, downBias: true, gated: true };

const wave = (length: number, step: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * i * step + step));

const WEIGHTS: Weights = new Map([
  ["gateUp.weight", { data: wave(2 * SIZE * HIDDEN, 0.7), shape: [2 * SIZE, HIDDEN] }],
  ["gateUp.bias", { data: wave(2 * SIZE, 0.3), shape: [2 * SIZE] }],
  ["down.weight", { data: wave(HIDDEN * SIZE, 0.9), shape: [HIDDEN, SIZE] }],
  ["down.bias", { data: wave(HIDDEN, 0.2), shape: [HIDDEN] }],
  ["sharedGate.weight", { data: wave(HIDDEN, 0.1), shape: [1, HIDDEN] }],
]);

const feedsOf = (weights: Weights): Feeds =>
  Object.fromEntries([...weights].map(([name, { data, shape }]) => [name, floats(data, shape)]));

function withFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "panels-"));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The matrices as the panels hold them, in float32. */
function dequantised(weights: Weights, bits: 4 | 8): Weights {
  return new Map(
    [...weights].map(([name, weight]) => {
      if (!/^(gateUp|down)\.weight$/.test(name)) return [name, weight];
      const [outputs, inputs] = weight.shape as [number, number];
      const quantised = quantiseMatrix(weight.data, outputs, inputs, bits, panelBlockSize(inputs, bits));
      return [name, { data: dequantiseMatrix(quantised), shape: weight.shape }];
    }),
  );
}

test("a network with biases and a gate, for few rows and for many", () => {
  withFolder((folder) => {
    for (const bits of [8, 4] as const) {
      const prepared = new PreparedStore({ folder, bits, panels: true }).prepare("v1", SHARE, WEIGHTS);
      const pool = new SessionPool(SINGLE_THREADED, folder);
      const split = pool.forSlot(1, prepared.matrices)("feedForward", (matrices) =>
        feedForwardGraph(SPEC, SHAPE, matrices),
      );
      const whole = new OrtSession(feedForwardGraph(SPEC, SHAPE, floatMatrices));
      for (const rows of [1, 3, 20, 70]) {
        const x = floats(wave(rows * HIDDEN, 0.37), [rows, HIDDEN]);
        const y = split.run({ ...feedsOf(prepared.weights), x }).y;
        expect(y?.dims).toEqual([rows, HIDDEN]);
        const wanted = floatData(whole.run({ ...feedsOf(dequantised(WEIGHTS, bits)), x }).y);
        const size = Math.hypot(...wanted);
        const error = Math.hypot(...floatData(y).map((value, i) => value - (wanted[i] as number)));
        // What 16-bit and 8-bit activations leave.
        expect(error / size).toBeLessThan(bits === 8 ? 1e-4 : 0.02);
      }
      whole.close();
      pool.close();
    }
  });
});

test("slots of one shape share their stages; what a slot holds is taken again after its release", () => {
  withFolder((folder) => {
    const store = new PreparedStore({ folder, bits: 8, panels: true });
    const pool = new SessionPool(SINGLE_THREADED, folder);
    const load = (slot: number): void => {
      const { matrices } = store.open("v1", SHARE) ?? store.prepare("v1", SHARE, WEIGHTS);
      pool.forSlot(slot, matrices)("feedForward", (own) => feedForwardGraph(SPEC, SHAPE, own));
    };
    load(1);
    const sessions = pool.sessionCount;
    for (let slot = 2; slot < 40; slot++) load(slot);
    expect(pool.sessionCount).toBe(sessions);
    for (let slot = 1; slot < 40; slot++) pool.release(slot);
    pool.close();
  });
});

test("a prepared file that lost its end is refused when its panels are read", () => {
  withFolder((folder) => {
    const { matrices } = new PreparedStore({ folder, bits: 8, panels: true }).prepare("v1", SHARE, WEIGHTS);
    const [file] = readdirSync(folder);
    truncateSync(join(folder, file as string), 6000);
    expect(() => new PanelStore(folder).load(1, matrices)).toThrow(
      expect.objectContaining({ code: "prepared_file_damaged" }),
    );
  });
});

test("a stage in JavaScript gives what onnxruntime gives", () => {
  const g = new GraphBuilder("stage");
  const hidden = g.input("hidden", "float32", ["rows", 2 * SIZE]);
  const normed = norm(g, hidden, "inputNorm", 2 * SIZE, { kind: "rms", epsilon: 1e-5 });
  g.output("y", activate(g, normed, SIZE, { kind: "gated", function: "silu" }), ["rows", SIZE]);
  const graph = g.build();
  const native = nativeStage(graph);
  const session = new OrtSession(graph);
  for (const rows of [1, 2, 4]) {
    const weight = wave(2 * SIZE, 0.7);
    const x = wave(rows * 2 * SIZE, 0.3);
    const values = new Map([
      ["hidden", x],
      ["inputNorm.weight", weight],
    ]);
    native?.(values, rows);
    const feeds = { hidden: floats(x, [rows, 2 * SIZE]), "inputNorm.weight": floats(weight, [2 * SIZE]) };
    const wanted = floatData(session.run(feeds).y);
    expect(values.get("y")).toHaveLength(rows * SIZE);
    for (const [i, value] of (values.get("y") as Float32Array).entries()) expect(value).toBeCloseTo(wanted[i]!, 5);
  }
  session.close();
});
