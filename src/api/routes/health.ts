/** Whether the node lives, whether it answers, and its metrics. */
import * as z from "zod";
import { snakeCase } from "../http/snakeCase.ts";
import { chainCounts } from "../schemas/chain.ts";
import { cacheCounters } from "../schemas/chatAnswer.ts";
import { hashField } from "../schemas/fields.ts";
import { defineRoute, type Route } from "./route.ts";

const health = z.strictObject({
  status: z.enum(["loading", "ready", "closing", "degraded"]),
  reason: z.string(),
  version: z.string(),
  started_ms: z.int(),
  network: z.string(),
  execution_providers: z.array(z.string()),
  execution_provider: z.string().nullable(),
  precision: z.string().nullable(),
  free_disk_bytes: z.number().nullable(),
  cache: cacheCounters.nullable(),
  tokens_per_second: z.number().nullable(),
  tokens_generated: z.int(),
  engine_restarts: z.int().min(0),
  load: z.strictObject({ running: z.int(), waiting: z.int() }),
  chain: chainCounts,
  peer_id: z.string(),
  addresses: z.array(z.string()),
  model: z.string().nullable(),
  state_root: hashField.nullable(),
});

export const healthRoutes: readonly Route[] = [
  defineRoute({
    method: "get",
    path: "/health",
    tag: "node",
    summary: "Whether the node can answer: 200 when ready or degraded, 503 while it loads or closes.",
    access: "public",
    answers: { status: 200, description: "The state of the node; the same with 503.", schema: health },
    async handle({ context: { services, answers } }) {
      const own = await services.health();
      const status = answers.closing ? "closing" : own.status;
      const model = services.models.find();
      const all = {
        ...own,
        status,
        load: services.chat.load(),
        chain: services.chain.counts(),
        peerId: services.network.peerId,
        addresses: services.network.addresses(),
        model: model?.id ?? null,
        stateRoot: model?.stateRoot ?? null,
      };
      return { status: status === "loading" || status === "closing" ? 503 : 200, body: snakeCase(all) };
    },
  }),
  defineRoute({
    method: "get",
    path: "/live",
    tag: "node",
    summary: "200 as long as the process answers at all.",
    access: "public",
    answers: { status: 200, description: "It lives.", schema: z.strictObject({ status: z.literal("live") }) },
    handle: () => ({ body: { status: "live" } }),
  }),
];

export const metricsRoute = defineRoute({
  method: "get",
  path: "/metrics",
  tag: "node",
  summary: "Metrics in Prometheus's text format.",
  access: "read",
  answers: { status: 200, description: "The metrics.", types: ["text/plain"] },
  async handle({ context: { metrics }, res }) {
    const text = await metrics.registry.metrics();
    res.setHeader("content-type", metrics.registry.contentType);
    res.end(text);
    return undefined;
  },
});
