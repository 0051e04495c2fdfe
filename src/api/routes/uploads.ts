/** Offers blocks to the chain: one expert with its tensors in the request, or sealed blocks whose payloads are here. */

import type { ApiContext } from "../context.ts";
import { apiError } from "../errors/apiError.ts";
import { clientSignal } from "../http/clientSignal.ts";
import type { Reply } from "../http/reply.ts";
import { snakeCase } from "../http/snakeCase.ts";
import { LIMITS } from "../limits.ts";
import { listOf } from "../schemas/chain.ts";
import { blocksUpload, blockVerdict, expertUpload } from "../schemas/uploads.ts";
import type { BlockVerdict } from "../services/uploads.ts";
import { defineRoute, type Route } from "./route.ts";

export const uploadRoutes: readonly Route[] = [
  defineRoute({
    method: "post",
    path: "/upload_moe_experts",
    tag: "uploads",
    summary: "Puts a small expert on the chain: its tensors and the block that the miner has signed.",
    access: "upload",
    body: {
      schema: expertUpload,
      maxBytes: LIMITS.expertBodyBytes,
      example: { expert_name: "layer0.expert1", tensor_data_b64: "…", block_b64: "…" },
    },
    answers: {
      status: 201,
      description: "Accepted; 202 when the chain has the block already, or waits for something.",
      schema: blockVerdict,
    },
    errors: ["unknown_model", "payload_root_mismatch", "block_rejected", "disk_full", "over_quota"],
    async handle({ body, res, context }) {
      const model = body.model ?? body.meta_hash ?? context.services.models.find()?.model;
      if (model === undefined) throw apiError("model_loading", "model: no model is served yet; name one");
      const { expert_name: expertName, tensor_data_b64: tensorData, block_b64: block } = body;
      const upload = { expertName, model, tensorData, block };
      return replyTo(context, await context.services.uploads.uploadExpert(upload, clientSignal(res)));
    },
  }),
  defineRoute({
    method: "post",
    path: "/chain/blocks",
    tag: "uploads",
    summary: "Offers sealed blocks; each gets the chain's verdict. Payloads are uploaded before, at `/payloads/:root`.",
    access: "upload",
    body: { schema: blocksUpload, maxBytes: LIMITS.expertBodyBytes, example: { blocks: ["…"] } },
    answers: { status: 200, description: "One verdict each, in the same order.", schema: listOf(blockVerdict) },
    async handle({ body, context }) {
      const verdicts = await context.services.uploads.addBlocks(body.blocks);
      for (const { kind, code } of verdicts) if (kind === "reject") context.metrics.blockRejected(code);
      return { body: snakeCase({ items: verdicts }) };
    },
  }),
];

function replyTo({ metrics }: ApiContext, verdict: BlockVerdict): Reply {
  const { kind, code, reason, block } = verdict;
  if (kind === "reject") {
    metrics.blockRejected(code);
    throw apiError("block_rejected", `block: the chain refuses it: ${code}`, { block, verdict: code, reason });
  }
  return { status: kind === "accept" ? 201 : 202, body: snakeCase(verdict) };
}
