/** Usage of experts and rewards for their authors. */
import * as z from "zod";
import { apiError } from "../errors/apiError.ts";
import { snakeCase } from "../http/snakeCase.ts";
import { listOf } from "../schemas/chain.ts";
import { expertReward, expertUsage } from "../schemas/experts.ts";
import { limitField, slotField } from "../schemas/fields.ts";
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
    summary: "Usage of all experts.",
    access: "read",
    answers: { status: 200, description: "All experts of the served models.", schema: listOf(expertUsage) },
    handle: async ({ context }) => ({ body: snakeCase({ items: await context.services.experts.all() }), tagged: true }),
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
    summary: "Usage of one expert, with the part of each of its versions.",
    access: "read",
    params: nameParams,
    answers: { status: 200, description: "The expert.", schema: expertUsage },
    errors: ["expert_not_found"],
    async handle({ params: { name }, context }) {
      const usage = await context.services.experts.stats(name);
      if (usage === undefined) throw missing(name);
      return { body: snakeCase(usage) };
    },
  }),
  defineRoute({
    method: "get",
    path: "/experts/rewards",
    tag: "experts",
    summary: "What every expert's author would be credited now. Pays nothing.",
    access: "read",
    answers: { status: 200, description: "Rewards with all that went into them.", schema: listOf(expertReward) },
    errors: ["not_available"],
    async handle({ context }) {
      const items = await context.services.experts.rewards?.();
      if (items === undefined) throw apiError("not_available", "this node cannot work rewards out ahead");
      return { body: snakeCase({ items }) };
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
