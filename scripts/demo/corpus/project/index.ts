/** All questions about the project. */
import { api } from "./api.ts";
import { basics } from "./basics.ts";
import { chain } from "./chain.ts";
import { engine } from "./engine.ts";
import { judging } from "./judging.ts";
import { miner } from "./miner.ts";
import { network } from "./network.ts";
import { operation } from "./operation.ts";
import { pages } from "./pages.ts";
import type { ProjectQuestion } from "./question.ts";
import { security } from "./security.ts";
import { start } from "./start.ts";

export const PROJECT_QUESTIONS: readonly ProjectQuestion[] = [
  ...basics,
  ...start,
  ...chain,
  ...judging,
  ...miner,
  ...network,
  ...api,
  ...pages,
  ...security,
  ...engine,
  ...operation,
];
