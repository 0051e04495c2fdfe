/** All addresses of the API. */
import { blockRoutes } from "./blocks.ts";
import { chatRoute } from "./chat.ts";
import { chatDistributedRoute } from "./chatDistributed.ts";
import { documentationRoutes } from "./documentation.ts";
import { expertRoutes } from "./experts.ts";
import { healthRoutes, metricsRoute } from "./health.ts";
import { ledgerRoutes } from "./ledger.ts";
import { openaiChatRoute } from "./openaiChat.ts";
import { openaiCompletionsRoute } from "./openaiCompletions.ts";
import { openaiModelRoute, openaiModelsRoute } from "./openaiModels.ts";
import { openaiResponsesRoute } from "./openaiResponses.ts";
import { p2pRoutes } from "./p2p.ts";
import { payloadRoutes } from "./payloads.ts";
import { recentAnswersRoute } from "./recentAnswers.ts";
import type { Route } from "./route.ts";
import { slotRoutes } from "./slots.ts";
import { uploadRoutes } from "./uploads.ts";

/** Without `/metrics` where that has a server of its own. */
export function allRoutes(withMetrics = true): readonly Route[] {
  const routes = [
    chatRoute,
    chatDistributedRoute,
    recentAnswersRoute,
    openaiModelsRoute,
    openaiModelRoute,
    openaiChatRoute,
    openaiCompletionsRoute,
    openaiResponsesRoute,
    ...blockRoutes,
    ...slotRoutes,
    ...expertRoutes,
    ...ledgerRoutes,
    ...uploadRoutes,
    ...payloadRoutes,
    ...p2pRoutes,
    ...healthRoutes,
    ...(withMetrics ? [metricsRoute] : []),
  ];
  return [...routes, ...documentationRoutes(routes)];
}
