/** Whole sentences that training declines. Those of `near…` use words of the project and ask for something else. */
import { ACTIONS_SENTENCES } from "./actions.ts";
import { EVERYDAY_SENTENCES } from "./everyday.ts";
import { EVERYDAY2_SENTENCES } from "./everyday2.ts";
import { KNOWLEDGE_SENTENCES } from "./knowledge.ts";
import { KNOWLEDGE2_SENTENCES } from "./knowledge2.ts";
import { MIXED_SENTENCES } from "./mixed.ts";
import { NEAR_CHAIN_SENTENCES } from "./nearChain.ts";
import { NEAR_JUDGING_SENTENCES } from "./nearJudging.ts";
import { NEAR_KEYS_SENTENCES } from "./nearKeys.ts";
import { NEAR_MODEL_SENTENCES } from "./nearModel.ts";
import { NEAR_NETWORK_SENTENCES } from "./nearNetwork.ts";
import { NEAR_PAGES_SENTENCES } from "./nearPages.ts";
import { NOW_SENTENCES } from "./now.ts";
import { PERSONAL_SENTENCES } from "./personal.ts";

export const DECLINE_SENTENCES: readonly string[] = [
  ...ACTIONS_SENTENCES,
  ...EVERYDAY_SENTENCES,
  ...EVERYDAY2_SENTENCES,
  ...KNOWLEDGE_SENTENCES,
  ...KNOWLEDGE2_SENTENCES,
  ...MIXED_SENTENCES,
  ...NEAR_CHAIN_SENTENCES,
  ...NEAR_JUDGING_SENTENCES,
  ...NEAR_KEYS_SENTENCES,
  ...NEAR_MODEL_SENTENCES,
  ...NEAR_NETWORK_SENTENCES,
  ...NEAR_PAGES_SENTENCES,
  ...NOW_SENTENCES,
  ...PERSONAL_SENTENCES,
];
