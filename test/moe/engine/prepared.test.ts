import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { floatData, floats, OrtSession, SINGLE_THREADED } from "../../../src/moe/engine/ort.ts";
import { PreparedStore } from "../../../src/moe/engine/preparedStore.ts";
import { dequantiseMatrix, quantiseMatrix } from "../../../src/moe/engine/quantise.ts";
import { storedMatrices } from "../../../src/moe/engine/storedMatrices.ts";
import type { Weights } from "../../../src/moe/engine/weights.ts";
import { GraphBuilder } from "../../../src/moe/graph/graph.ts";

const share = { shard: 0, shards: 2 };
const OUTPUTS = 40;
const INPUTS = 64;

function someWeights(seed: number): Weights {
  const wave = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin((i + seed) * 0.7));
  return new Map([
    ["down.weight", { data: wave(OUTPUTS * INPUTS), shape: [OUTPUTS, INPUTS] }],
    ["down.bias", { data: wave(OUTPUTS), shape: [OUTPUTS] }],
    ["sharedGate.weight", { data: wave(INPUTS), shape: [1, INPUTS] }],
  ]);
}

function withFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "prepared-"));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a prepared share multiplies like the matrix it was quantised from, through files that onnxruntime maps", () => {
  withFolder((folder) => {
    for (const bits of [4, 8] as const) {
      const store = new PreparedStore({ folder, bits });
      expect(store.open("v1", share)).toBeUndefined();
      store.prepare("v1", share, someWeights(bits));
      const prepared = store.open("v1", share);
      expect(prepared).toBeDefined();
      const g = new GraphBuilder("down");
      const x = g.input("x", "float32", ["rows", INPUTS]);
      const matrices = storedMatrices(prepared!.matrices);
      g.output("y", matrices.linear(g, x, "down", { outputs: OUTPUTS, inputs: INPUTS, bias: true }), ["rows", OUTPUTS]);
      const session = new OrtSession(g.build(), { ...SINGLE_THREADED, weightsFolder: folder });
      const bias = someWeights(bits).get("down.bias")!.data;
      const ones = new Float32Array(INPUTS).fill(1);
      const feeds = {
        x: floats(ones, [1, INPUTS]),
        "down.bias": floats(prepared!.weights.get("down.bias")!.data, [OUTPUTS]),
      };
      const y = floatData(session.run(feeds).y);
      session.close();
      const weights = dequantiseMatrix(
        quantiseMatrix(someWeights(bits).get("down.weight")!.data, OUTPUTS, INPUTS, bits),
      );
      for (let row = 0; row < OUTPUTS; row++) {
        const sum = weights.subarray(row * INPUTS, (row + 1) * INPUTS).reduce((total, value) => total + value, 0);
        expect(y[row]).toBeCloseTo(sum + (bias[row] as number), 3);
      }
    }
  });
});

test("what is small or delicate stays float32, bit for bit", () => {
  withFolder((folder) => {
    const prepared = new PreparedStore({ folder, bits: 4 }).prepare("v1", share, someWeights(3));
    expect([...prepared.weights.keys()].sort()).toEqual(["down.bias", "sharedGate.weight"]);
    expect(prepared.weights.get("sharedGate.weight")).toEqual(someWeights(3).get("sharedGate.weight"));
  });
});

test("version, shard, number of shards and bits each name a share of its own", () => {
  withFolder((folder) => {
    const store = new PreparedStore({ folder, bits: 4 });
    store.prepare("v1", share, someWeights(1));
    expect(store.open("v2", share)).toBeUndefined();
    expect(store.open("v1", { shard: 1, shards: 2 })).toBeUndefined();
    expect(store.open("v1", { shard: 0, shards: 1 })).toBeUndefined();
    expect(new PreparedStore({ folder, bits: 8 }).open("v1", share)).toBeUndefined();
    expect(store.open("v1", share)).toBeDefined();
  });
});

test("a cut, an empty and a foreign file are each deleted and count as missing", () => {
  withFolder((folder) => {
    const store = new PreparedStore({ folder, bits: 4 });
    const damage: ((path: string) => void)[] = [
      (path) => truncateSync(path, statSync(path).size - 1),
      (path) => truncateSync(path, 0),
      (path) => writeFileSync(path, "something else altogether"),
      (path) => {
        const bytes = readFileSync(path);
        bytes.fill(0xff, 16, 24);
        writeFileSync(path, bytes);
      },
    ];
    for (const spoil of damage) {
      store.prepare("v1", share, someWeights(1));
      const [name] = readdirSync(folder);
      spoil(join(folder, name as string));
      expect(store.open("v1", share)).toBeUndefined();
      expect(readdirSync(folder)).toEqual([]);
    }
  });
});

test("beyond its limit the store deletes the files that were longest unused, never the newest", () => {
  withFolder((folder) => {
    const unlimited = new PreparedStore({ folder, bits: 4 });
    for (const version of ["old", "middle", "new"]) unlimited.prepare(version, share, someWeights(1));
    const bytes = statSync(join(folder, readdirSync(folder)[0] as string)).size;
    for (const name of readdirSync(folder)) utimesSync(join(folder, name), 1000, 1000);
    unlimited.open("middle", share);
    const store = new PreparedStore({ folder, bits: 4, maxBytes: bytes });
    expect(["old", "middle", "new"].map((version) => store.open(version, share) !== undefined)).toEqual([
      false,
      true,
      false,
    ]);
    store.prepare("large", share, someWeights(2));
    expect(store.open("large", share)).toBeDefined();
    expect(store.open("middle", share)).toBeUndefined();
  });
});
