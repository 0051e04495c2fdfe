/**
 * What a decoder with Mixture-of-Experts layers is, in one description for all supported architectures. The graphs, the
 * slot table and the router are computed from it and from nothing else.
 */

export const ARCHITECTURES = [
  "mixtral",
  "olmoe",
  "qwen2_moe",
  "qwen3_moe",
  "deepseek_v2",
  "deepseek_v3",
  "gpt_oss",
  "granitemoe",
  "phimoe",
] as const;

export type Architecture = (typeof ARCHITECTURES)[number];

export interface ModelSpec {
  readonly architecture: Architecture;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  /** Longest sequence that the model was made for. */
  readonly maxPositions: number;
  readonly norm: NormSpec;
  readonly attention: AttentionSpec;
  /** Absent: positions are not encoded at all. */
  readonly rope: RopeSpec | undefined;
  readonly layers: readonly LayerSpec[];
  readonly experts: ExpertsSpec;
  readonly router: RouterSpec;
  /** An expert that every position goes through, besides the chosen ones. */
  readonly shared: SharedSpec | undefined;
  /** Width of the feed-forward network in layers without experts. */
  readonly denseIntermediateSize: number;
  readonly activation: ActivationSpec;
  readonly multipliers: MultiplierSpec;
  /** The head's matrix is the embedding's. */
  readonly tiedEmbeddings: boolean;
  readonly headBias: boolean;
}

export interface NormSpec {
  /** `layer` subtracts the mean and has a bias; `rms` does neither. */
  readonly kind: "rms" | "layer";
  readonly epsilon: number;
}

export interface LayerSpec {
  readonly feedForward: "experts" | "dense";
  /** Position i sees j when 0 <= i - j < window; absent: all before it. */
  readonly window: number | undefined;
}

export type AttentionSpec = HeadAttentionSpec | LatentAttentionSpec;

/** Attention with a key and a value head for every group of query heads. */
export interface HeadAttentionSpec {
  readonly kind: "heads";
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  /** Factor of the scores before the softmax. */
  readonly scale: number;
  readonly inputBias: boolean;
  readonly outputBias: boolean;
  /** RMS norm of queries and keys: over each head, or over all heads together. */
  readonly queryKeyNorm: "none" | "head" | "all";
  /** Queries, keys and values are clipped to [-clip, clip]. */
  readonly clip: number | undefined;
  /** One learned score per head joins the softmax and takes weight away from the positions. */
  readonly sinks: boolean;
}

/** DeepSeek's latent attention: keys and values are expanded from one small vector per position. */
export interface LatentAttentionSpec {
  readonly kind: "latent";
  readonly heads: number;
  /** Width of the compressed query; absent: queries are projected directly. */
  readonly queryRank: number | undefined;
  readonly keyValueRank: number;
  /** Part of a query or key head without and with rotary positions. */
  readonly plainDim: number;
  readonly rotaryDim: number;
  readonly valueDim: number;
  readonly scale: number;
  /** Bias of the compressing projections and of the output. */
  readonly bias: boolean;
  /** Epsilon of the norms of the compressed vectors: 1e-6 whatever the model's own norm says. */
  readonly latentEpsilon: number;
}

export interface RopeSpec {
  /** Elements of a head that are rotated; even. */
  readonly dimension: number;
  /** Rotates neighbouring pairs (2i, 2i+1) instead of (i, i + dimension/2). */
  readonly interleaved: boolean;
  readonly theta: number;
  readonly scaling: RopeScaling;
}

export type RopeScaling =
  | { readonly kind: "default" }
  | { readonly kind: "linear"; readonly factor: number }
  /** Only the first `rotatedPairs` turn. */
  | { readonly kind: "proportional"; readonly factor: number; readonly rotatedPairs: number }
  | {
      readonly kind: "llama3";
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalPositions: number;
    }
  | {
      readonly kind: "yarn";
      readonly factor: number;
      readonly originalPositions: number;
      readonly betaFast: number;
      readonly betaSlow: number;
      readonly truncate: boolean;
      /** Factor of cosines and sines. */
      readonly attentionFactor: number;
    }
  | {
      readonly kind: "longrope";
      /** Sequences longer than this use the long factors, from their first position on. */
      readonly originalPositions: number;
      readonly shortFactors: readonly number[];
      readonly longFactors: readonly number[];
      readonly shortScale: number;
      readonly longScale: number;
    };

export interface ExpertsSpec {
  readonly count: number;
  readonly perToken: number;
  readonly intermediateSize: number;
  readonly bias: boolean;
}

export interface SharedSpec {
  readonly intermediateSize: number;
  /** The output is multiplied by the sigmoid of one more projection. */
  readonly gated: boolean;
}

export interface GroupSpec {
  /** The experts form this many groups of equal size, in order. */
  readonly count: number;
  /** Only the best so many groups may be chosen from. */
  readonly chosen: number;
}

/** How router logits become chosen experts and their weights; the rules are in `routing.ts`. */
export type RouterSpec =
  | {
      readonly kind: "softmax";
      readonly normalise: boolean;
      readonly scale: number;
      readonly groups: GroupSpec | undefined;
    }
  | { readonly kind: "top-softmax"; readonly bias: boolean }
  | {
      readonly kind: "sigmoid";
      readonly normalise: boolean;
      readonly scale: number;
      readonly groups: GroupSpec;
    }
  | { readonly kind: "sparsemixer"; readonly jitter: number };

export type ActivationKind =
  | "silu"
  | "gelu"
  | "gelu-tanh"
  | "quick-gelu"
  | "relu"
  | "relu-squared"
  | "tanh"
  | "sigmoid";

export type ActivationSpec =
  /** act(gate) * up */
  | { readonly kind: "gated"; readonly function: ActivationKind }
  /** gate and up are clipped to `limit`, then (up + 1) * gate * sigmoid(alpha * gate) */
  | { readonly kind: "clamped-swiglu"; readonly alpha: number; readonly limit: number };

export interface MultiplierSpec {
  readonly embedding: number;
  /** Of what attention and feed-forward add to the residual stream. */
  readonly residual: number;
  /** The logits are divided by this. */
  readonly logitsDivisor: number;
}
