import { analyse, sizeClass } from "../../../src/moe/inspect/analyse.ts";
import { familyOfEstimator, familyOfOperators, familyOfTensors } from "../../../src/moe/inspect/family.ts";
import { countParameters } from "../../../src/moe/inspect/parameters.ts";

const GIB = 1024 ** 3;

test("size classes change at a million, a hundred million and a billion parameters", () => {
  expect([0, 999_999, 1e6, 99_999_999, 1e8, 999_999_999, 1e9, 7e11].map(sizeClass)).toEqual([
    "small",
    "small",
    "medium",
    "medium",
    "large",
    "large",
    "xlarge",
    "xlarge",
  ]);
});

test("memory by precision follows from bytes per parameter, for all weights and for those in use", () => {
  const { memory } = analyse({
    parameters: { total: 6_919_000_000, active: 1_280_000_000 },
  })!;
  expect(memory.f32).toEqual({ allBytes: 27_676_000_000, activeBytes: 5_120_000_000 });
  expect(memory.f16.allBytes).toBe(13_838_000_000);
  expect(memory.q8.activeBytes).toBe((1_280_000_000 * 34) / 32);
  expect(memory.q4.allBytes).toBe(Math.ceil((6_919_000_000 * 18) / 32));
});

test("requirements follow from the weights: memory from all in 16 bits, cores and device from those in use", () => {
  const need = (total: number, active = total) => analyse({ parameters: { total, active } })!.requirements;
  const memory = (total: number) => 512 * 1024 ** 2 + Math.ceil(total * 2 * 1.2);
  // A model of 25 MiB in float32 is at home on any machine.
  const tiny = need(6_500_000);
  expect(tiny).toMatchObject({ cpuCores: 2, device: "cpu" });
  expect(tiny.memoryBytes).toBeLessThan(GIB);
  for (const total of [1000, 6_500_000, 5e8, 6.9e9, 6.7e11]) {
    expect(need(total)).toMatchObject({ memoryBytes: memory(total), gpuMemoryBytes: memory(total) });
  }
  expect(need(5e8)).toMatchObject({ cpuCores: 4, device: "cpu-or-gpu" });
  expect(need(6.9e9, 1.3e9)).toMatchObject({ cpuCores: 8, device: "cpu-or-gpu" });
  expect(need(6.7e11, 3.7e10)).toMatchObject({ cpuCores: 16, device: "gpu-recommended" });
  expect(analyse({ parameters: null })).toBe(null);
});

test("only the experts that a token uses are active; shared ones always are", () => {
  const moe = { layers: 1, experts: 4, expertsPerToken: 1 };
  const weight = (name: string, elements: number, dtype = "F32") => ({ name, dtype, elements });
  const counts = countParameters(
    [
      weight("model.embed_tokens.weight", 100),
      ...[0, 1, 2, 3].map((i) => weight(`model.layers.0.mlp.experts.${i}.up_proj.weight`, 10)),
      weight("model.layers.0.mlp.shared_experts.up_proj.weight", 10),
      weight("model.layers.0.self_attn.position_ids", 50, "I64"),
    ],
    moe,
  );
  expect(counts).toMatchObject({ total: 150, active: 120 });
  expect(countParameters([weight("blk.0.ffn_gate_exps.weight", 40)], moe)).toMatchObject({ total: 40, active: 10 });
  expect(countParameters([weight("x.experts.gate_up_proj", 40)], null)).toMatchObject({ total: 40, active: 40 });
});

test("kinds of models by the names of their parts", () => {
  expect(familyOfTensors(["model.layers.0.self_attn.q_proj.weight"])).toBe("transformer");
  expect(familyOfTensors(["blk.0.attn_q.weight", "blk.0.ffn_up_exps.weight"])).toBe("moe-transformer");
  expect(familyOfTensors(["rnn.weight_ih_l0", "rnn.bias_hh_l0"])).toBe("rnn");
  expect(familyOfTensors(["layer1.0.conv1.weight", "fc.weight"])).toBe("cnn");
  expect(familyOfTensors(["features.0.weight"], [4])).toBe("cnn");
  expect(familyOfTensors(["0.weight", "2.weight"])).toBe("neural-network");
  expect(familyOfTensors([])).toBe("unknown");
  expect(familyOfOperators(["Conv", "Relu"])).toBe("cnn");
  expect(familyOfOperators(["LSTM", "Gemm"])).toBe("rnn");
  expect(familyOfOperators(["MatMul", "Softmax", "LayerNormalization"])).toBe("transformer");
  expect(familyOfOperators(["TreeEnsembleClassifier"])).toBe("tree-ensemble");
  expect([
    familyOfEstimator("XGBClassifier"),
    familyOfEstimator("Ridge"),
    familyOfEstimator("MLPRegressor"),
    familyOfEstimator("KMeans"),
  ]).toEqual(["tree-ensemble", "linear", "neural-network", "other-estimator"]);
});
