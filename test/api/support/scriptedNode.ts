/** Services around a scripted chat, in memory: for tests of what HTTP does, whatever the node behind it. */
import type { BlockFilter, BlockSummary, ChainService, Page } from "../../../src/api/services/chain.ts";
import type { NetworkNode, NetworkService } from "../../../src/api/services/network.ts";
import type { NodeHealth, NodeServices } from "../../../src/api/services/node.ts";
import type { UploadService, UploadState } from "../../../src/api/services/uploads.ts";
import { AiBlockError } from "../../../src/core/errors.ts";
import { BLOCK, BLOCKS, detailsOf, ENTRY, MODEL, REWARD, SELF, SERVED, USAGE, VERSION_PART } from "./sampleData.ts";
import { ScriptedChat } from "./scriptedChat.ts";

export interface ScriptedNode extends NodeServices {
  readonly chat: ScriptedChat;
  readonly uploads: MemoryUploads;
  status: NodeHealth["status"];
  rewardsPaid: number;
}

export function scriptedNode(): ScriptedNode {
  const node: ScriptedNode = {
    chat: new ScriptedChat(),
    chain: memoryChain,
    uploads: new MemoryUploads(),
    network: new MemoryNetwork(),
    status: "ready",
    rewardsPaid: 0,
    models: {
      list: () => [SERVED],
      find: (name) => (name === undefined || name === SERVED.id || name === MODEL ? SERVED : undefined),
    },
    experts: {
      stats: async (slot) =>
        slot === USAGE.slot ? { ...USAGE, versions: [VERSION_PART], nextCursor: null } : undefined,
      top: async () => [USAGE],
      list: async () => ({ items: [USAGE], nextCursor: null }),
      rewards: async () => ({ items: [{ ...REWARD, entry: null }], nextCursor: null }),
      reward: async (slot) => {
        if (slot !== USAGE.slot) return undefined;
        node.rewardsPaid++;
        return REWARD;
      },
      ledger: async () => ({ items: [ENTRY], nextCursor: null }),
      balances: async () => [{ account: ENTRY.account, confirmed: 1_000_000, pending: 0 }],
      balance: async (account) => ({ account, confirmed: account === ENTRY.account ? 1_000_000 : 0, pending: 0 }),
    },
    health: async () => ({
      status: node.status,
      reason: node.status === "ready" ? "" : "the model is being loaded",
      version: "0.1.0",
      startedMs: 1_700_000_000_000,
      network: "test",
      executionProviders: ["cpu"],
      executionProvider: "cpu",
      precision: "f32",
      freeDiskBytes: null,
      cache: null,
      tokensPerSecond: null,
      tokensGenerated: 0,
      engineRestarts: 0,
    }),
  };
  return node;
}

const memoryChain: ChainService = {
  async blocks(filter: BlockFilter, { cursor, limit, newestFirst = false }): Promise<Page<BlockSummary>> {
    if (cursor !== undefined && !/^\d+$/.test(cursor)) {
      throw new AiBlockError("bad_cursor", "cursor: expected one that a list gave");
    }
    const found = BLOCKS.filter((block) =>
      Object.entries(filter).every(([key, value]) => block[key as keyof BlockFilter] === value),
    );
    const ordered = newestFirst ? found.toReversed() : found;
    const from = Number(cursor ?? 0);
    const items = ordered.slice(from, from + limit);
    return { items, nextCursor: from + limit < ordered.length ? String(from + limit) : null };
  },
  async block(id) {
    const found = BLOCKS.find((block) => block.id === id);
    return found && detailsOf(found);
  },
  search: async (prefix, limit) => BLOCKS.filter(({ id }) => id.startsWith(prefix)).slice(0, limit),
  async slot(model, slot) {
    if (model !== MODEL || slot !== USAGE.slot) return undefined;
    return { model, slot, head: BLOCK, versions: [] };
  },
  async heads(model) {
    if (model !== MODEL) throw new AiBlockError("unknown_model", "model: expected a known model");
    return new Map([[USAGE.slot, BLOCK]]);
  },
  counts: () => ({ blocks: { meta: 1, expert: 21, router: 10 }, tips: 31, orphans: 0 }),
};

export class MemoryUploads implements UploadService {
  readonly parts = new Map<string, { bytes: number[]; totalBytes: number }>();
  readonly offered: Uint8Array[] = [];
  verdict: "accept" | "ignore" | "reject" = "accept";

  async uploadExpert({ block }: { block: Uint8Array }) {
    return (await this.addBlocks([block]))[0]!;
  }

  async addBlocks(sealed: readonly Uint8Array[]) {
    this.offered.push(...sealed);
    return sealed.map(() => ({ kind: this.verdict, code: "stored", reason: "", block: BLOCK }));
  }

  async state(root: string): Promise<UploadState> {
    const part = this.parts.get(root);
    const received = part?.bytes.length ?? 0;
    return {
      root,
      totalBytes: part?.totalBytes ?? null,
      receivedBytes: received,
      complete: part !== undefined && received === part.totalBytes,
    };
  }

  async append(root: string, { offset, totalBytes, bytes }: Parameters<UploadService["append"]>[1]) {
    const part = this.parts.get(root) ?? { bytes: [], totalBytes };
    if (offset !== part.bytes.length) {
      throw new AiBlockError("upload_offset_mismatch", `offset: expected ${part.bytes.length}, got ${offset}`, {
        receivedBytes: part.bytes.length,
      });
    }
    this.parts.set(root, part);
    for await (const chunk of bytes) part.bytes.push(...chunk);
    return this.state(root);
  }
}

class MemoryNetwork implements NetworkService {
  readonly peerId = SELF.nodeId;
  readonly #others = new Map<string, NetworkNode>();

  addresses = () => [];
  nodes = async () => [SELF, ...this.#others.values()];

  async register({ nodeId, host, port }: Parameters<NetworkService["register"]>[0]) {
    const node: NetworkNode = { ...SELF, nodeId, addresses: [`${host}:${port}`], self: false, state: "joining" };
    this.#others.set(nodeId, node);
    return node;
  }

  async remove(nodeId: string) {
    if (nodeId === SELF.nodeId) throw new AiBlockError("node_is_self", "nodeId: expected another node");
    return this.#others.delete(nodeId);
  }
}
