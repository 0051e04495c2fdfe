/**
 * Gauges, and counters that are kept elsewhere, which are read from the services when somebody asks for the metrics.
 */
import { Counter, Gauge, type Registry } from "prom-client";
import type { NodeServices } from "../services/node.ts";

const STATES = ["joining", "online", "unreachable", "left"] as const;

type Set = (value: number, labels?: Record<string, string>) => void;
type Read = (set: Set) => void | Promise<void>;

export function registerGauges(registry: Registry, services: NodeServices, runningStreams: () => number): void {
  const gauge = (name: string, help: string, labelNames: string[], read: Read): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        this.reset();
        await read((value, labels = {}) => this.set(labels, value));
      },
    });
  };
  const counter = (name: string, help: string, labelNames: string[], read: Read): void => {
    new Counter({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        this.reset();
        await read((value, labels = {}) => this.inc(labels, value));
      },
    });
  };
  gauge("moe_requests_running", "Answers that are being computed.", [], (set) => set(services.chat.load().running));
  gauge("moe_requests_waiting", "Answers that wait for a place.", [], (set) => set(services.chat.load().waiting));
  gauge("moe_streams_open", "Answers that HTTP clients wait for.", [], (set) => set(runningStreams()));
  gauge("moe_build_info", "Always 1.", ["version", "node"], async (set) => {
    const { version } = await services.health();
    set(1, { version, node: process.version });
  });
  gauge("moe_ready", "1 when the node answers.", [], async (set) => {
    const { status } = await services.health();
    set(status === "ready" ? 1 : 0);
  });
  counter("moe_engine_restarts_total", "Times that the engine failed and was started again.", [], async (set) => {
    set((await services.health()).engineRestarts);
  });
  counter("moe_dag_blocks_total", "Blocks in the chain by type.", ["type"], (set) => {
    for (const [type, count] of Object.entries(services.chain.counts().blocks)) set(count, { type });
  });
  gauge("moe_dag_tips", "Blocks without children.", [], (set) => set(services.chain.counts().tips));
  gauge("moe_dag_orphans", "Blocks whose parents are not here yet.", [], (set) => set(services.chain.counts().orphans));
  gauge("moe_chain_bytes", "Bytes of the payloads of all served models' heads.", [], (set) => {
    set(services.models.list().reduce((sum, { payloadBytes }) => sum + payloadBytes, 0));
  });
  gauge("moe_expert_cache_bytes", "Bytes of experts in memory.", [], async (set) => {
    set((await services.health()).cache?.bytes ?? 0);
  });
  counter("moe_expert_cache_events_total", "Hits, loads, evictions and prefetches.", ["event"], async (set) => {
    const { cache } = await services.health();
    if (cache === null) return;
    for (const event of ["hits", "loads", "evictions", "prefetches"] as const) set(cache[event], { event });
  });
  gauge("moe_peers", "Known nodes by state, this one included.", ["state"], async (set) => {
    const nodes = await services.network.nodes();
    for (const state of STATES) set(nodes.filter((node) => node.state === state).length, { state });
  });
  gauge("moe_expert_replicas", "Nodes online that serve a layer's experts.", ["layer"], async (set) => {
    (await replicas(services)).forEach((count, layer) => {
      set(count, { layer: String(layer) });
    });
  });
  gauge("moe_layers_uncovered", "Layers of the default model that nobody serves.", [], async (set) => {
    set((await replicas(services)).filter((count) => count === 0).length);
  });
}

/** Nodes online for each layer of the default model. */
async function replicas({ models, network }: NodeServices): Promise<number[]> {
  const layers = models.find()?.layers ?? 0;
  const online = (await network.nodes()).filter(({ state }) => state === "online");
  return Array.from(
    { length: layers },
    (_, layer) => online.filter(({ layers: part }) => part !== null && part[0] <= layer && layer <= part[1]).length,
  );
}
