/** The network as this node sees it while it is alone: itself. */
import type { ModelService } from "../../api/services/models.ts";
import type { NetworkNode, NetworkService } from "../../api/services/network.ts";
import type { Clock } from "../../core/clock.ts";
import { AiBlockError } from "../../core/errors.ts";
import type { Speed } from "../chat/speed.ts";

export interface LonelyNetworkOptions {
  readonly peerId: string;
  readonly version: string;
  readonly models: ModelService;
  readonly speed: Speed;
  readonly clock: Clock;
}

export class LonelyNetwork implements NetworkService {
  readonly peerId: string;
  readonly #options: LonelyNetworkOptions;
  readonly #startedMs: number;

  constructor(options: LonelyNetworkOptions) {
    this.peerId = options.peerId;
    this.#options = options;
    this.#startedMs = options.clock.nowMs();
  }

  addresses(): readonly string[] {
    return [];
  }

  async nodes(): Promise<readonly NetworkNode[]> {
    const { version, models, speed, clock } = this.#options;
    const model = models.find();
    return [
      {
        nodeId: this.peerId,
        addresses: [],
        self: true,
        state: model === undefined ? "joining" : "online",
        version,
        layers: model === undefined ? null : [0, model.layers - 1],
        precision: model?.precision ?? null,
        tokensPerSecond: speed.tokensPerSecond(),
        registeredMs: this.#startedMs,
        lastSeenMs: clock.nowMs(),
      },
    ];
  }

  async register(): Promise<NetworkNode> {
    throw new AiBlockError("network_unavailable", "this node runs without a network; it cannot take up other nodes");
  }

  async remove(nodeId: string): Promise<boolean> {
    if (nodeId === this.peerId) {
      throw new AiBlockError(
        "node_is_self",
        "id: expected another node, got this one; stop it instead of removing it",
        { parameter: "id" },
      );
    }
    return false;
  }
}
