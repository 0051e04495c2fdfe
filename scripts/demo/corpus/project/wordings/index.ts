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

export const MORE_WORDINGS: Readonly<Record<string, readonly string[]>> = {
  ...basicsWordings,
  ...startWordings,
  ...chainWordings,
  ...judgingWordings,
  ...networkWordings,
  ...minerWordings,
  ...apiWordings,
  ...pagesWordings,
  ...securityWordings,
  ...engineWordings,
  ...operationWordings,
};
