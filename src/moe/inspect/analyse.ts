/**
 * What a model needs, from its number of parameters: size class, memory by precision, processor.
 *
 * Size classes: below 10^6 parameters small, 10^8 medium, 10^9 large, above xlarge. Bytes per parameter: 4, 2, and for
 * q8 and q4 34 and 18 bytes for 32 parameters (one half-precision scale a block).
 */
import type { Analysis, Identification, MemoryEstimate, Requirements, SizeClass } from "./report.ts";

/** Room for activations and the attention cache beside the weights. */
const OVERHEAD = 1.2;
/** What the program takes without any weights. */
const PROGRAM_BYTES = 512 * 1024 ** 2;

const BYTES_PER_PARAMETER = { f32: 4, f16: 2, q8: 34 / 32, q4: 18 / 32 } as const;

const SIZE_LIMITS: readonly (readonly [SizeClass, number])[] = [
  ["small", 1e6],
  ["medium", 1e8],
  ["large", 1e9],
  ["xlarge", Number.POSITIVE_INFINITY],
];

/** Cores by the parameters that one input uses: speed goes with those, not with all of them. */
const CORE_LIMITS: readonly (readonly [number, number])[] = [
  [2, 1e8],
  [4, 1e9],
  [8, 1e10],
  [16, Number.POSITIVE_INFINITY],
];

export function sizeClass(parameters: number): SizeClass {
  return SIZE_LIMITS.find(([, limit]) => parameters < limit)?.[0] ?? "xlarge";
}

/** `null` when the number of parameters is not known. */
export function analyse(model: Pick<Identification, "parameters">): Analysis | null {
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
  return { sizeClass: sizeClass(total), memory, requirements: requirements(active, memory.f16.allBytes) };
}

/** In 16 bits: the precision that most files have. */
function requirements(active: number, weightBytes: number): Requirements {
  const needed = PROGRAM_BYTES + Math.ceil(weightBytes * OVERHEAD);
  return {
    cpuCores: CORE_LIMITS.find(([, limit]) => active < limit)?.[0] ?? 16,
    memoryBytes: needed,
    gpuMemoryBytes: needed,
    device: active < 1e8 ? "cpu" : active < 1e10 ? "cpu-or-gpu" : "gpu-recommended",
  };
}
