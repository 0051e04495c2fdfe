/** Everything that the API needs of a node, from fixtures: see `fixtureChain.ts` and `fixtureChat.ts`. */
import type { Page, PageQuery } from "../../../../src/api/services/chain.ts";
import type { AccountBalance, ExpertReward, ExpertUsage, LedgerEntry } from "../../../../src/api/services/experts.ts";
import type { ServedModel } from "../../../../src/api/services/models.ts";
import type { NodeHealth, NodeServices } from "../../../../src/api/services/node.ts";
import { FORMULA, FORMULA_VERSION, RATE } from "../../../../src/chain/ledger/rewardFormula.ts";
import { toHex } from "../../../../src/core/bytes.ts";
import { AiBlockError } from "../../../../src/core/errors.ts";
import { EXPERTS, FixtureChain, LAYERS } from "./fixtureChain.ts";
import { type FixtureChatControl, fixtureChat } from "./fixtureChat.ts";

export interface Fixture {
  readonly services: NodeServices;
  readonly chain: FixtureChain;
  readonly chat: FixtureChatControl;
  /** What /health says; fields given here stand in place of the usual ones. */
  health: Partial<NodeHealth>;
}

export function createFixture(): Fixture {
  const chain = new FixtureChain();
  const chat = fixtureChat(chain);
  const startedMs = Date.now() - 5_400_000;
  const model = modelOf(chain);
  const unavailable = async (): Promise<never> => {
    throw new AiBlockError("network_unavailable", "the fixture has no network");
  };
  const fixture: Fixture = {
    chain,
    chat: chat.control,
    health: {},
    services: {
      models: {
        list: () => [model],
        find: (name) => (name === undefined || name === model.id || name === model.model ? model : undefined),
      },
      chat: chat.service,
      chain: chain.service(),
      experts: expertsOf(chain),
      uploads: { uploadExpert: unavailable, addBlocks: unavailable, state: unavailable, append: unavailable },
      network: {
        peerId: "12D3KooWFixture",
        addresses: () => [],
        nodes: async () => [
          {
            nodeId: "12D3KooWFixture",
            addresses: [],
            self: true,
            state: "online",
            version: "0.1.0",
            layers: [0, LAYERS - 1],
            precision: "f32",
            tokensPerSecond: 74.3,
            registeredMs: startedMs,
            lastSeenMs: Date.now(),
          },
        ],
        register: unavailable,
        remove: async () => false,
      },
      health: async () => ({ ...healthOf(startedMs, chat.control.tokensMade), ...fixture.health }),
    },
  };
  return fixture;
}

function modelOf(chain: FixtureChain): ServedModel {
  return {
    id: "demo",
    model: chain.meta.idHex,
    name: "AI-Block demo",
    createdMs: chain.meta.header.timeMs,
    stateRoot: chain.stateRoot,
    architecture: "OlmoeForCausalLM",
    contextLength: 1024,
    vocabSize: 2048,
    hiddenSize: 192,
    layers: LAYERS,
    expertsPerLayer: new Array<number>(LAYERS).fill(EXPERTS),
    topK: 2,
    totalParameters: 7_980_000,
    activeParameters: 3_100_000,
    payloadBytes: 15_960_000,
    precision: "f32",
    executionProvider: "cpu",
    hasChatTemplate: true,
    sampling: { temperature: 0.7, topK: 20, topP: 0.8, minP: 0, repetitionPenalty: 1.05 },
  };
}

function healthOf(startedMs: number, tokensGenerated: number): NodeHealth {
  return {
    status: "ready",
    reason: "",
    version: "0.1.0",
    startedMs,
    network: "local",
    executionProviders: ["cpu"],
    executionProvider: "cpu",
    precision: "f32",
    freeDiskBytes: 41_200_000_000,
    cache: { hits: 18_204, loads: 212, evictions: 31, prefetches: 640, bytes: 12_611_584, budgetBytes: 67_108_864 },
    tokensPerSecond: 74.3,
    tokensGenerated: 128_410 + tokensGenerated,
    engineRestarts: 0,
  };
}

/** All of them, from as many pages as it takes. */
export async function allExperts({ experts }: NodeServices): Promise<ExpertUsage[]> {
  const found: ExpertUsage[] = [];
  for (let cursor: string | undefined; ; ) {
    const { items, nextCursor } = await experts.list({ limit: 1000, ...(cursor !== undefined && { cursor }) });
    found.push(...items);
    if (nextCursor === null) return found;
    cursor = nextCursor;
  }
}

/** Fewer than there are. */
const EXPERTS_A_PAGE = 10;

function expertsOf(chain: FixtureChain): NodeServices["experts"] {
  const usage = (): ExpertUsage[] =>
    Array.from({ length: LAYERS * EXPERTS }, (_, i) => usageOf(chain, Math.floor(i / EXPERTS), i % EXPERTS));
  const find = (slot: string): ExpertUsage | undefined => usage().find((expert) => expert.slot === slot);
  const entries = (): LedgerEntry[] => usage().map((expert, i) => entryOf(expert, i));
  const balances = async (): Promise<AccountBalance[]> => {
    const accounts = new Map<string, { confirmed: number; pending: number }>();
    for (const { account, amount, heldUntilMs } of entries()) {
      const balance = accounts.get(account) ?? { confirmed: 0, pending: 0 };
      if (heldUntilMs === null) balance.confirmed += amount;
      else balance.pending += amount;
      accounts.set(account, balance);
    }
    return [...accounts].map(([account, balance]) => ({ account, ...balance }));
  };
  /** Shorter ones than are asked for, so that a page has to ask for the next. */
  const pageOf = <T extends { readonly slot: string }>(items: readonly T[], { cursor, limit }: PageQuery): Page<T> => {
    const from = cursor === undefined ? 0 : items.findIndex(({ slot }) => slot === cursor) + 1;
    const page = items.slice(from, from + Math.min(limit, EXPERTS_A_PAGE));
    return { items: page, nextCursor: from + page.length < items.length ? page.at(-1)!.slot : null };
  };
  return {
    stats: async (slot) => {
      const expert = find(slot);
      if (expert === undefined) return undefined;
      const { block, author, activations, gateMass } = expert;
      return { ...expert, versions: [{ block, author, activations, gateMass }], nextCursor: null };
    },
    list: async (page) => pageOf(usage(), page),
    top: async (limit) =>
      usage()
        .sort((a, b) => b.gateMass - a.gateMass)
        .slice(0, limit),
    reward: async (slot) => {
      const expert = find(slot);
      return expert === undefined ? undefined : rewardOf(expert);
    },
    rewards: async (page) => pageOf(usage().map(rewardOf), page),
    ledger: async ({ limit }) => ({ items: entries().slice(0, limit), nextCursor: null }),
    balances,
    balance: async (account) =>
      (await balances()).find((each) => each.account === account) ?? { account, confirmed: 0, pending: 0 },
  };
}

function usageOf(chain: FixtureChain, layer: number, expert: number): ExpertUsage {
  const slot = `layer${layer}.expert${expert}`;
  const { idHex: block, header } = chain.headOf(slot);
  const author = toHex(header.author);
  // A spread as trained routers show it: from a third to three times the mean.
  const part = (row: number, column: number): number => 1 + 1.6 * Math.sin(row * 2.1 + column * 1.7) ** 2;
  const total = Array.from({ length: EXPERTS }, (_, column) => part(layer, column)).reduce(
    (sum, value) => sum + value,
    0,
  );
  const routedShare = part(layer, expert) / total;
  const activations = Math.round(routedShare * 256_000);
  const gateMass = routedShare * 128_410;
  return {
    slot,
    layer,
    expert,
    block,
    author,
    activations,
    gateMass,
    routedShare,
    requests: Math.round(activations / 140),
    loads: 3 + ((layer * 7 + expert) % 9),
    loadMs: 1.1 + ((layer + expert) % 5) * 0.2,
    latencyMs: 0.08 + ((layer * 3 + expert) % 7) * 0.01,
    lastUsedMs: Date.now() - ((layer * 11 + expert * 5) % 60) * 1000,
    versionCount: 1,
  };
}

function rewardOf(expert: ExpertUsage): ExpertReward {
  const { slot, block, author, gateMass } = expert;
  const factors = { usage: gateMass, speed: 1, quality: wasImproved(slot) ? 1.25 : 1 };
  const amount = Math.floor(RATE * factors.usage * factors.speed * factors.quality);
  return {
    slot,
    block,
    author,
    formula: FORMULA,
    formulaVersion: FORMULA_VERSION,
    inputs: { gate_mass: gateMass, latency_ms: expert.latencyMs ?? 0 },
    factors,
    amount,
    entry: null,
  };
}

/** The two experts that were improved earn more for quality. */
function wasImproved(slot: string): boolean {
  return slot === "layer1.expert3" || slot === "layer3.expert6";
}

function entryOf(expert: ExpertUsage, number: number): LedgerEntry {
  const { amount, author, slot } = rewardOf(expert);
  const isHeld = number % 3 === 2;
  return {
    number,
    timeMs: Date.now() - number * 600_000,
    key: `${slot}-${number}`,
    account: author,
    amount,
    reason: `reward of ${slot}, version d241a1850a92eaf0: 1735 tokens`,
    heldUntilMs: isHeld ? Date.now() + 86_400_000 : null,
  };
}
