/** Lists of blocks, one block, and the search for the beginning of an id. */
import * as z from "zod";
import { apiError } from "../errors/apiError.ts";
import type { Reply } from "../http/reply.ts";
import { contentTag, sendIfCached } from "../http/reply.ts";
import { snakeCase } from "../http/snakeCase.ts";
import { blockDetails, blockSummary, blocksQuery, chainCounts, listOf, pageOf } from "../schemas/chain.ts";
import { given } from "../schemas/chat.ts";
import { hashField, limitField } from "../schemas/fields.ts";
import type { BlockFilter } from "../services/chain.ts";
import { defineRoute, type Route } from "./route.ts";

const blocksOf = (chain: "A" | "B", what: string): Route =>
  defineRoute({
    method: "get",
    path: `/chain/${chain}/blocks`,
    tag: "chain",
    summary: `Blocks of chain ${chain}: ${what}. Newest first with \`order=newest\`.`,
    access: "read",
    query: blocksQuery,
    answers: { status: 200, description: "A page.", schema: pageOf(blockSummary) },
    errors: ["bad_cursor"],
    async handle({ query, context }): Promise<Reply> {
      const { cursor, limit, order, ...filter } = query;
      const page = given({ cursor, limit, newestFirst: order === "newest" });
      const { items, nextCursor } = await context.services.chain.blocks(
        given({ chain, ...filter }) as BlockFilter,
        page as { limit: number; cursor?: string; newestFirst: boolean },
      );
      return { body: snakeCase({ items, nextCursor }), tagged: true };
    },
  });

const idParams = z.strictObject({ id: hashField });

export const blockRoutes: readonly Route[] = [
  blocksOf("A", "the models"),
  blocksOf("B", "versions of slots, and what validators measured"),
  defineRoute({
    method: "get",
    path: "/chain/blocks/:id",
    tag: "chain",
    summary: "One block, with its children, its signature and whether it is the head of its slot.",
    access: "read",
    params: idParams,
    answers: { status: 200, description: "The block.", schema: blockDetails },
    errors: ["block_not_found"],
    async handle({ params: { id }, context }) {
      const block = await context.services.chain.block(id);
      if (block === undefined)
        throw apiError("block_not_found", `id: expected a known block, got ${id}`, { param: "id" });
      // Children and heads change, so this is checked again every time; the header below never changes.
      return { body: snakeCase(block), tagged: true };
    },
  }),
  defineRoute({
    method: "get",
    path: "/chain/blocks/:id/header",
    tag: "chain",
    summary: "The block's header bytes; their SHA-256 is the id, so they are kept by caches for good.",
    access: "read",
    params: idParams,
    answers: { status: 200, description: "The bytes.", types: ["application/octet-stream"] },
    errors: ["block_not_found"],
    async handle({ params: { id }, context, req, res }) {
      const block = await context.services.chain.block(id);
      if (block === undefined)
        throw apiError("block_not_found", `id: expected a known block, got ${id}`, { param: "id" });
      const bytes = Buffer.from(block.headerBase64, "base64");
      res.setHeader("content-type", "application/octet-stream");
      if (!sendIfCached(req, res, contentTag(bytes), "private, max-age=31536000, immutable")) res.end(bytes);
      return undefined;
    },
  }),
  defineRoute({
    method: "get",
    path: "/chain/search",
    tag: "chain",
    summary: "Blocks whose id begins with the digits `q`.",
    access: "read",
    query: z.strictObject({
      q: z.string().regex(/^[0-9a-f]{4,64}$/, { error: "expected 4 to 64 lower-case hex digits" }),
      limit: limitField(20),
    }),
    answers: { status: 200, description: "The blocks.", schema: listOf(blockSummary) },
    async handle({ query: { q, limit }, context }) {
      return { body: snakeCase({ items: await context.services.chain.search(q, Math.min(limit, 100)) }) };
    },
  }),
  defineRoute({
    method: "get",
    path: "/chain/counts",
    tag: "chain",
    summary: "Blocks by type, tips and orphans.",
    access: "read",
    answers: { status: 200, description: "The numbers.", schema: chainCounts },
    handle: ({ context }) => ({ body: snakeCase(context.services.chain.counts()) }),
  }),
];
