/** What is found out about a model file. Plain data: it survives JSON unchanged. */

export const MODEL_FORMATS = [
  "safetensors",
  "pytorch-zip",
  "pytorch-legacy",
  "torchscript",
  "gguf",
  "onnx",
  "hdf5",
  "tensorflow-saved-model",
  "tensorflow-graph",
  "pickle",
  "joblib",
] as const;

export type ModelFormat = (typeof MODEL_FORMATS)[number];

/** Coarse kind of model, from names of tensors, layers, operators or classes. */
export type ModelFamily =
  | "moe-transformer"
  | "transformer"
  | "cnn"
  | "rnn"
  | "neural-network"
  | "tree-ensemble"
  | "linear"
  | "other-estimator"
  | "array"
  | "unknown";

export interface PrecisionShare {
  readonly dtype: string;
  readonly tensors: number;
  readonly parameters: number;
}

export interface MoeFacts {
  readonly layers: number | null;
  readonly experts: number;
  readonly expertsPerToken: number;
}

/** What the file says, before anything is concluded from it. */
export interface Identification {
  readonly format: ModelFormat;
  readonly framework: string;
  /** The model's class or type, such as `OlmoeForCausalLM`, `llama`, `RandomForestClassifier`. */
  readonly architecture: string | null;
  readonly family: ModelFamily;
  readonly parameters: { readonly total: number; readonly active: number } | null;
  /** Largest share first. */
  readonly precision: readonly PrecisionShare[];
  /** One input's sizes; names stand for sizes that are not fixed. */
  readonly inputShape: readonly (number | string)[] | null;
  readonly moe: MoeFacts | null;
  readonly files: number;
  /** Why the weights cannot be read, although the file could be identified. */
  readonly refused: { readonly code: string; readonly message: string } | null;
  /** Names that the file would import when loaded by its own framework. */
  readonly imports: readonly string[];
  readonly notes: readonly string[];
}

export type SizeClass = "small" | "medium" | "large" | "xlarge";

export interface MemoryEstimate {
  /** Bytes of all weights. */
  readonly allBytes: number;
  /** Bytes of the weights that one token uses. */
  readonly activeBytes: number;
}

/** For the weights in 16 bits, with room for the program, activations and the attention cache. */
export interface Requirements {
  readonly cpuCores: number;
  readonly memoryBytes: number;
  readonly gpuMemoryBytes: number;
  readonly device: "cpu" | "cpu-or-gpu" | "gpu-recommended";
}

export interface Analysis {
  readonly sizeClass: SizeClass;
  /** By precision: f32, f16 (and bf16), q8, q4. */
  readonly memory: { readonly [P in "f32" | "f16" | "q8" | "q4"]: MemoryEstimate };
  readonly requirements: Requirements;
}

export interface InspectReport extends Identification {
  readonly name: string;
  readonly byteLength: number;
  /** `null` when the number of parameters is not known. */
  readonly analysis: Analysis | null;
}
