/** Models of the chain: what is served, their heads, and the versions of one slot. */
import * as z from "zod";
import { apiError } from "../errors/apiError.ts";
import { snakeCase } from "../http/snakeCase.ts";
import { listOf, slotDetails } from "../schemas/chain.ts";
import { hashField, slotField } from "../schemas/fields.ts";
import { servedModel } from "../schemas/models.ts";
import { defineRoute, type Route } from "./route.ts";

export const slotRoutes: readonly Route[] = [
  defineRoute({
    method: "get",
    path: "/chain/models",
    tag: "chain",
    summary: "The served models with their shape, size and state root.",
    access: "read",
    answers: { status: 200, description: "The models.", schema: listOf(servedModel) },
    handle: ({ context }) => ({ body: snakeCase({ items: context.services.models.list() }) }),
  }),
  defineRoute({
    method: "get",
    path: "/chain/heads/:model",
    tag: "chain",
    summary: "The block of every slot's head.",
    access: "read",
    params: z.strictObject({ model: hashField }),
    answers: {
      status: 200,
      description: "Slots to blocks; the state root is there when the node serves the model.",
      schema: z.strictObject({
        model: hashField,
        state_root: hashField.nullable(),
        heads: z.record(z.string(), hashField),
      }),
    },
    errors: ["unknown_model"],
    async handle({ params: { model }, context: { services } }) {
      const heads = await services.chain.heads(model);
      const stateRoot = services.models.list().find((served) => served.model === model)?.stateRoot ?? null;
      return { body: snakeCase({ model, stateRoot, heads }), tagged: true };
    },
  }),
  defineRoute({
    method: "get",
    path: "/chain/slots/:model/:slot",
    tag: "chain",
    summary: "All versions of a slot, with the losses that validators measured.",
    access: "read",
    params: z.strictObject({ model: hashField, slot: slotField }),
    answers: { status: 200, description: "The slot.", schema: slotDetails },
    errors: ["slot_not_found", "unknown_model"],
    async handle({ params: { model, slot }, context }) {
      const details = await context.services.chain.slot(model, slot);
      if (details === undefined) {
        throw apiError("slot_not_found", `slot: the model has no slot ${slot}, or is not known`, { param: "slot" });
      }
      return { body: snakeCase(details), tagged: true };
    },
  }),
];
