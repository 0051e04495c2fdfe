/** Usage of experts and rewards for their authors. */
import * as z from "zod";
import { apiError } from "../errors/apiError.ts";
import { snakeCase } from "../http/snakeCase.ts";
import { listOf, pageOf } from "../schemas/chain.ts";
import { given } from "../schemas/chat.ts";
import { expertDetails, expertReward, expertUsage } from "../schemas/experts.ts";
import { limitField, pageQuery, slotField } from "../schemas/fields.ts";
import type { PageQuery } from "../services/chain.ts";
import { defineRoute, type Route } from "./route.ts";

const nameParams = z.strictObject({ name: slotField });

function missing(name: string): Error {
  return apiError("expert_not_found", `name: expected an expert of a served model, got ${name}`, { param: "name" });
}

export const expertRoutes: readonly Route[] = [
  defineRoute({
    method: "get",
    path: "/experts",
    tag: "experts",
    summary: "Usage of all experts, by layer and number.",
    access: "read",
    query: z.strictObject(pageQuery),
    answers: { status: 200, description: "A page of the served models' experts.", schema: pageOf(expertUsage) },
    errors: ["bad_cursor"],
    async handle({ query, context }) {
      const { items, nextCursor } = await context.services.experts.list(given(query) as PageQuery);
      return { body: snakeCase({ items, nextCursor }), tagged: true };
    },
  }),
  defineRoute({
    method: "get",
    path: "/experts/top",
    tag: "experts",
    summary: "The most used experts, by gate mass.",
    access: "read",
    query: z.strictObject({ limit: limitField(10) }),
    answers: { status: 200, description: "Most used first.", schema: listOf(expertUsage) },
    handle: async ({ query: { limit }, context }) => ({
      body: snakeCase({ items: await context.services.experts.top(limit) }),
    }),
  }),
  defineRoute({
    method: "get",
    path: "/experts/stats/:name",
    tag: "experts",
    summary: "Usage of one expert, with the part of each of its versions, a page of them at a time.",
    access: "read",
    params: nameParams,
    query: z.strictObject(pageQuery),
    answers: { status: 200, description: "The expert and a page of its versions.", schema: expertDetails },
    errors: ["expert_not_found", "bad_cursor"],
    async handle({ params: { name }, query, context }) {
      const usage = await context.services.experts.stats(name, given(query) as PageQuery);
      if (usage === undefined) throw missing(name);
      return { body: snakeCase(usage) };
    },
  }),
  defineRoute({
    method: "get",
    path: "/experts/rewards",
    tag: "experts",
    summary: "What every expert's author would be credited now, by layer and number. Pays nothing.",
    access: "read",
    query: z.strictObject(pageQuery),
    answers: {
      status: 200,
      description: "A page of rewards with all that went into them.",
      schema: pageOf(expertReward),
    },
    errors: ["not_available", "bad_cursor"],
    async handle({ query, context }) {
      const page = await context.services.experts.rewards?.(given(query) as PageQuery);
      if (page === undefined) throw apiError("not_available", "this node cannot work rewards out ahead");
      return { body: snakeCase({ items: page.items, nextCursor: page.nextCursor }) };
    },
  }),
  defineRoute({
    method: "post",
    path: "/experts/reward/:name",
    tag: "experts",
    summary: "Credits the author of an expert's head with what it has earned since the last time. Idempotent.",
    access: "admin",
    params: nameParams,
    answers: { status: 200, description: "The reward; `entry` is null when nothing is new.", schema: expertReward },
    errors: ["expert_not_found"],
    async handle({ params: { name }, context }) {
      const reward = await context.services.experts.reward(name);
      if (reward === undefined) throw missing(name);
      return { body: snakeCase(reward) };
    },
  }),
];
