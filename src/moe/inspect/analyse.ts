/**
 * What a model needs, from its number of parameters and its kind: size class, memory by precision, processor.
 *
 * Size classes: below 10^6 parameters small, 10^8 medium, 10^9 large, above xlarge. Bytes per parameter: 4, 2, and for
 * q8 and q4 34 and 18 bytes for 32 parameters (one half-precision scale a block).
 */
import type { Analysis, Identification, MemoryEstimate, ModelFamily, Requirements, SizeClass } from "./report.ts";

const GIB = 1024 ** 3;
/** Room for activations and the attention cache beside the weights. */
const OVERHEAD = 1.2;

const BYTES_PER_PARAMETER = { f32: 4, f16: 2, q8: 34 / 32, q4: 18 / 32 } as const;

const SIZE_LIMITS: readonly (readonly [SizeClass, number])[] = [
  ["small", 1e6],
  ["medium", 1e8],
  ["large", 1e9],
  ["xlarge", Number.POSITIVE_INFINITY],
];

/** Least equipment by size class, in cores and GiB. */
const BASE: { readonly [C in SizeClass]: { readonly cores: number; readonly memory: number; readonly gpu: number } } = {
  small: { cores: 2, memory: 4, gpu: 2 },
  medium: { cores: 4, memory: 16, gpu: 8 },
  large: { cores: 8, memory: 32, gpu: 16 },
  xlarge: { cores: 16, memory: 64, gpu: 32 },
};

export function sizeClass(parameters: number): SizeClass {
  return SIZE_LIMITS.find(([, limit]) => parameters < limit)?.[0] ?? "xlarge";
}

/** `null` when the number of parameters is not known. */
export function analyse(model: Pick<Identification, "parameters" | "family">): Analysis | null {
  if (model.parameters === null) return null;
  const { total, active } = model.parameters;
  const estimate = (bytes: number): MemoryEstimate => ({
    allBytes: Math.ceil(total * bytes),
    activeBytes: Math.ceil(active * bytes),
  });
  const memory = {
    f32: estimate(BYTES_PER_PARAMETER.f32),
    f16: estimate(BYTES_PER_PARAMETER.f16),
    q8: estimate(BYTES_PER_PARAMETER.q8),
    q4: estimate(BYTES_PER_PARAMETER.q4),
  };
  const size = sizeClass(total);
  return { sizeClass: size, memory, requirements: requirements(size, model.family, active, memory.f16.allBytes) };
}

function requirements(size: SizeClass, family: ModelFamily, active: number, weightBytes: number): Requirements {
  const base = BASE[size];
  const transformer = family === "transformer" || family === "moe-transformer";
  const leastGpu = transformer ? 8 : family === "cnn" ? 4 : 0;
  const needed = Math.ceil(weightBytes * OVERHEAD);
  return {
    cpuCores: base.cores,
    memoryBytes: Math.max(base.memory * (transformer ? 1.5 : 1) * GIB, needed),
    gpuMemoryBytes: Math.max(base.gpu * GIB, leastGpu * GIB, needed),
    // Speed goes with the parameters that one input uses, not with all of them.
    device: active < 1e8 ? "cpu" : active < 1e10 ? "cpu-or-gpu" : "gpu-recommended",
  };
}
