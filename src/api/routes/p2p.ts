/** Other nodes: the list, joining it by hand, leaving it. */
import * as z from "zod";
import { apiError } from "../errors/apiError.ts";
import { snakeCase } from "../http/snakeCase.ts";
import { LIMITS } from "../limits.ts";
import { listOf } from "../schemas/chain.ts";
import { integer, slotField } from "../schemas/fields.ts";
import { defineRoute, type Route } from "./route.ts";

const nodeId = z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/, { error: "expected 1 to 128 letters, digits, _ . -" });

const node = z.strictObject({
  node_id: z.string(),
  addresses: z.array(z.string()),
  self: z.boolean(),
  state: z.enum(["joining", "online", "unreachable", "left"]),
  version: z.string(),
  layers: z.tuple([z.int(), z.int()]).nullable(),
  precision: z.string().nullable(),
  tokens_per_second: z.number().nullable(),
  registered_ms: z.int(),
  last_seen_ms: z.int(),
});

const registration = z.strictObject({
  node_id: nodeId,
  host: z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/, { error: "expected a host name or an address" }),
  port: integer(1, 65_535),
  available_experts: z.array(slotField).max(4096).optional(),
});

export const p2pRoutes: readonly Route[] = [
  defineRoute({
    method: "post",
    path: "/p2p/register",
    tag: "p2p",
    summary: "Adds a node to the list.",
    access: "admin",
    body: {
      schema: registration,
      maxBytes: LIMITS.chatBodyBytes,
      example: { node_id: "node1", host: "192.0.2.1", port: 8001, available_experts: ["layer0.expert0"] },
    },
    answers: { status: 201, description: "The node.", schema: node },
    errors: ["network_unavailable", "node_is_self"],
    async handle({ body, context }) {
      const { node_id, host, port, available_experts = [] } = body;
      const added = { nodeId: node_id, host, port, availableExperts: available_experts };
      return { status: 201, body: snakeCase(await context.services.network.register(added)) };
    },
  }),
  defineRoute({
    method: "get",
    path: "/p2p/nodes",
    tag: "p2p",
    summary: "The nodes that this one knows, itself included.",
    access: "read",
    answers: { status: 200, description: "The nodes.", schema: listOf(node) },
    handle: async ({ context }) => ({ body: snakeCase({ items: await context.services.network.nodes() }) }),
  }),
  defineRoute({
    method: "get",
    path: "/p2p/nodes/:id",
    tag: "p2p",
    summary: "One node.",
    access: "read",
    params: z.strictObject({ id: nodeId }),
    answers: { status: 200, description: "The node.", schema: node },
    errors: ["node_not_found"],
    async handle({ params: { id }, context }) {
      const found = (await context.services.network.nodes()).find((each) => each.nodeId === id);
      if (found === undefined) throw missing(id);
      return { body: snakeCase(found) };
    },
  }),
  defineRoute({
    method: "delete",
    path: "/p2p/nodes/:id",
    tag: "p2p",
    summary: "Takes a node off the list.",
    access: "admin",
    params: z.strictObject({ id: nodeId }),
    answers: { status: 200, description: "It is gone.", schema: z.strictObject({ removed: z.string() }) },
    errors: ["node_not_found", "node_is_self"],
    async handle({ params: { id }, context }) {
      if (!(await context.services.network.remove(id))) throw missing(id);
      return { body: { removed: id } };
    },
  }),
];

function missing(id: string): Error {
  return apiError("node_not_found", `id: expected a known node, got ${id}`, { param: "id" });
}
