/** What the reference implementation is told about a model: every value said, nothing left to defaults. */

export interface RopeSettings {
  readonly type: "default" | "linear" | "dynamic" | "llama3" | "yarn" | "longrope" | "proportional";
  readonly factor?: number;
  readonly low?: number;
  readonly high?: number;
  readonly original?: number;
  readonly truncate?: boolean;
  readonly attentionFactor?: number;
  readonly long?: readonly number[];
  readonly short?: readonly number[];
  readonly share?: number;
}

export type Activation = "silu" | "gelu" | "gelu_new" | "quick_gelu" | "relu" | "relu2" | "tanh" | "sigmoid";

export interface Settings {
  readonly type: string;
  readonly vocab: number;
  readonly hidden: number;
  readonly width: number;
  readonly expertWidth: number;
  readonly sharedWidth: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly experts: number;
  readonly topK: number;
  readonly epsilon: number;
  readonly theta: number;
  readonly rope: RopeSettings;
  /** Layers whose feed-forward network has no experts. */
  readonly dense: readonly number[];
  /** For every layer its window; 0: none. */
  readonly windows: readonly number[];
  readonly normalise: boolean;
  readonly attentionBias: boolean;
  readonly tied: boolean;
  readonly headBias: boolean;
  readonly activation: Activation;
  readonly clip: number;
  readonly jitter: number;
  readonly attentionScale: number;
  readonly embeddingMultiplier: number;
  readonly residualMultiplier: number;
  readonly logitsDivisor: number;
  /** DeepSeek: 0 means that queries are not compressed. */
  readonly queryRank: number;
  readonly keyRank: number;
  readonly plainDim: number;
  readonly rotaryDim: number;
  readonly valueDim: number;
  readonly interleaved: boolean;
  readonly groups: number;
  readonly groupsChosen: number;
  readonly routedScale: number;
  readonly temperature: number;
}

export const BASE: Settings = {
  type: "",
  vocab: 61,
  hidden: 32,
  width: 20,
  expertWidth: 20,
  sharedWidth: 0,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headDim: 8,
  experts: 4,
  topK: 2,
  epsilon: 1e-5,
  theta: 10_000,
  rope: { type: "default" },
  dense: [],
  windows: [],
  normalise: true,
  attentionBias: false,
  tied: false,
  headBias: false,
  activation: "silu",
  clip: 0,
  jitter: 0.01,
  attentionScale: 8 ** -0.5,
  embeddingMultiplier: 1,
  residualMultiplier: 1,
  logitsDivisor: 1,
  queryRank: 0,
  keyRank: 12,
  plainDim: 6,
  rotaryDim: 4,
  valueDim: 5,
  interleaved: true,
  groups: 1,
  groupsChosen: 1,
  routedScale: 1,
  temperature: 1,
};
