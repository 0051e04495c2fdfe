/** Other nodes. Until the network is there, a node knows itself only. */

export interface NetworkNode {
  readonly nodeId: string;
  readonly addresses: readonly string[];
  readonly self: boolean;
  readonly state: "joining" | "online" | "unreachable" | "left";
  readonly version: string;
  /** First and last layer served of the default model; `null` when none. */
  readonly layers: readonly [number, number] | null;
  readonly precision: string | null;
  readonly tokensPerSecond: number | null;
  readonly registeredMs: number;
  readonly lastSeenMs: number;
}

export interface NetworkService {
  /** This node's id. */
  readonly peerId: string;
  /** Addresses that others can dial; empty until there is a network. */
  addresses(): readonly string[];
  nodes(): Promise<readonly NetworkNode[]>;
  /** Throws `network_unavailable`. */
  register(node: {
    nodeId: string;
    host: string;
    port: number;
    availableExperts: readonly string[];
  }): Promise<NetworkNode>;
  /** False when there is no such node. Throws `node_is_self`. */
  remove(nodeId: string): Promise<boolean>;
}
