/** A small chain, its experts and a ledger, as the services would show them. */
import type { BlockDetails, BlockSummary } from "../../../src/api/services/chain.ts";
import type { ExpertReward, ExpertUsage, LedgerEntry, VersionPart } from "../../../src/api/services/experts.ts";
import type { ServedModel } from "../../../src/api/services/models.ts";
import type { NetworkNode } from "../../../src/api/services/network.ts";

const hash = (digit: string): string => digit.repeat(64);

export const MODEL = hash("a");
export const BLOCK = hash("b");
export const AUTHOR = hash("c");
export const STATE_ROOT = hash("d");

export const SERVED: ServedModel = {
  id: "tiny",
  model: MODEL,
  name: "tiny",
  createdMs: 1_700_000_000_500,
  stateRoot: STATE_ROOT,
  architecture: "mixtral",
  contextLength: 512,
  vocabSize: 336,
  hiddenSize: 64,
  layers: 3,
  expertsPerLayer: [8, 8, 8],
  topK: 2,
  totalParameters: 240_000,
  activeParameters: 120_000,
  payloadBytes: 945_248,
  precision: "f32",
  executionProvider: "cpu",
  hasChatTemplate: true,
  sampling: { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 },
};

export const BLOCKS: readonly BlockSummary[] = [
  summary(MODEL, "A", "meta", null, 0),
  ...Array.from({ length: 30 }, (_, i) =>
    summary(i.toString(16).padStart(64, "e"), "B", i % 3 === 0 ? "router" : "expert", `layer0.expert${i}`, 1 + i),
  ),
  summary(BLOCK, "B", "expert", "layer0.expert1", 40),
];

function summary(
  id: string,
  chain: "A" | "B",
  type: BlockSummary["type"],
  slot: string | null,
  height: number,
): BlockSummary {
  return {
    id,
    chain,
    type,
    model: chain === "A" ? null : MODEL,
    slot,
    parents: chain === "A" ? [] : [MODEL],
    height,
    payload: { root: hash("f"), bytes: 1000, format: "safetensors" },
    claims: { loss: 1.5, baselineLoss: 2 },
    author: AUTHOR,
    timeMs: 1_700_000_000_000 + height,
  };
}

export function detailsOf(block: BlockSummary): BlockDetails {
  return {
    ...block,
    children: [],
    headerBase64: Buffer.from(`header of ${block.id}`).toString("base64"),
    signature: Buffer.alloc(64, 7).toString("base64"),
    signatureDomain: "ai-block",
    payloadStored: true,
    isHead: block.id === BLOCK,
  };
}

export const USAGE: ExpertUsage = {
  slot: "layer0.expert1",
  layer: 0,
  expert: 1,
  block: BLOCK,
  author: AUTHOR,
  activations: 12,
  gateMass: 4.5,
  routedShare: 0.25,
  requests: 3,
  loads: 1,
  loadMs: 2.5,
  latencyMs: null,
  lastUsedMs: null,
  versionCount: 1,
};

export const VERSION_PART: VersionPart = { block: BLOCK, author: AUTHOR, activations: 12, gateMass: 4.5 };

export const ENTRY: LedgerEntry = {
  number: 1,
  timeMs: 1_700_000_000_000,
  key: "reward:1",
  account: AUTHOR,
  amount: 1_000_000,
  reason: "reward",
  heldUntilMs: null,
};

export const REWARD: ExpertReward = {
  slot: "layer0.expert1",
  block: BLOCK,
  author: AUTHOR,
  formula: "usage × speed × quality",
  formulaVersion: 1,
  inputs: { gateMass: 4.5 },
  factors: { usage: 1, speed: 1, quality: 1 },
  amount: 1_000_000,
  entry: ENTRY,
};

export const SELF: NetworkNode = {
  nodeId: "self-node",
  addresses: [],
  self: true,
  state: "online",
  version: "0.1.0",
  layers: [0, 2],
  precision: "f32",
  tokensPerSecond: null,
  registeredMs: 1_700_000_000_000,
  lastSeenMs: 1_700_000_000_000,
};
