/** Further wordings of all project questions, by the id of the question. None of them is held out. */
import { apiWordings } from "./api.ts";
import { basicsWordings } from "./basics.ts";
import { chainWordings } from "./chain.ts";
import { engineWordings } from "./engine.ts";
import { judgingWordings } from "./judging.ts";
import { minerWordings } from "./miner.ts";
import { networkWordings } from "./network.ts";
import { operationWordings } from "./operation.ts";
import { pagesWordings } from "./pages.ts";
import { securityWordings } from "./security.ts";
import { startWordings } from "./start.ts";
import { wideApi } from "./wide/api.ts";
import { wideBasics } from "./wide/basics.ts";
import { wideChain } from "./wide/chain.ts";
import { wideEngine } from "./wide/engine.ts";
import { wideJudging } from "./wide/judging.ts";
import { wideMiner } from "./wide/miner.ts";
import { wideNetwork } from "./wide/network.ts";
import { wideOperation } from "./wide/operation.ts";
import { widePages } from "./wide/pages.ts";
import { wideSecurity } from "./wide/security.ts";
import { wideStart } from "./wide/start.ts";

const THEMES: readonly Readonly<Record<string, readonly string[]>>[] = [
  apiWordings,
  wideApi,
  basicsWordings,
  wideBasics,
  chainWordings,
  wideChain,
  engineWordings,
  wideEngine,
  judgingWordings,
  wideJudging,
  minerWordings,
  wideMiner,
  networkWordings,
  wideNetwork,
  operationWordings,
  wideOperation,
  pagesWordings,
  widePages,
  securityWordings,
  wideSecurity,
  startWordings,
  wideStart,
];

export const MORE_WORDINGS: Readonly<Record<string, readonly string[]>> = mergeThemes();

function mergeThemes(): Record<string, readonly string[]> {
  const merged: Record<string, readonly string[]> = {};
  for (const theme of THEMES) {
    for (const [id, wordings] of Object.entries(theme)) merged[id] = [...(merged[id] ?? []), ...wordings];
  }
  return merged;
}
