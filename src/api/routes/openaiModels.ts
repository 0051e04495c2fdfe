/** `GET /v1/models`: answered from memory, never from the network. */
import * as z from "zod";
import { apiError } from "../errors/apiError.ts";
import { snakeCase } from "../http/snakeCase.ts";
import { openaiModel } from "../schemas/openai.ts";
import type { ModelService, ServedModel } from "../services/models.ts";
import { defineRoute } from "./route.ts";

export const openaiModelsRoute = defineRoute({
  method: "get",
  path: "/v1/models",
  tag: "openai",
  summary: "The models that the node serves.",
  access: "read",
  answers: {
    status: 200,
    description: "OpenAI's list, with more about each model in `context_length` and `moe`.",
    schema: z.strictObject({ object: z.literal("list"), data: z.array(openaiModel) }),
  },
  handle: ({ context }) => ({
    body: { object: "list", data: context.services.models.list().map(toOpenAi) },
  }),
});

export const openaiModelRoute = defineRoute({
  method: "get",
  path: "/v1/models/:id",
  tag: "openai",
  summary: "One model.",
  access: "read",
  params: z.strictObject({ id: z.string().min(1).max(256) }),
  answers: { status: 200, description: "The model.", schema: openaiModel },
  errors: ["model_not_found"],
  handle({ params: { id }, context: { services } }) {
    const model = services.models.find(id);
    if (model === undefined) throw modelNotFound(id, services.models);
    return { body: toOpenAi(model) };
  },
});

function modelNotFound(id: string, models: ModelService): Error {
  const ids = models.list().map((model) => model.id);
  return apiError("model_not_found", `model: expected one of ${ids.join(", ") || "none yet"}, got ${id}`, {
    param: "model",
    models: ids,
  });
}

function toOpenAi(model: ServedModel): object {
  const { id, createdMs, contextLength } = model;
  const created = Math.floor(createdMs / 1000);
  return {
    id,
    object: "model",
    created,
    owned_by: "ai-block",
    context_length: contextLength,
    moe: snakeCase(model),
  };
}
