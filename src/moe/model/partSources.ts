/** The table from parts to checkpoint tensors, by the naming that a file follows. */
import { GGUF_EXPERTS, ggufCommon, ggufFeedForward } from "./ggufSources.ts";
import {
  GPT_OSS_EXPERTS,
  HUGGING_FACE_COMMON,
  HUGGING_FACE_DENSE,
  HUGGING_FACE_EXPERTS,
  HUGGING_FACE_SHARED,
} from "./huggingFaceSources.ts";
import type { SourceTable } from "./partSource.ts";
import type { Architecture } from "./spec.ts";

/** Which kind of feed-forward network a table is for: experts, the shared expert and dense layers share part names. */
export type FeedForwardKind = "expert" | "shared" | "mlp";

export interface SourceTables {
  readonly common: SourceTable;
  readonly feedForward: { readonly [K in FeedForwardKind]: SourceTable };
}

/** The names that a file uses: those of Hugging Face's libraries or those of GGUF. */
export type Naming = "hugging-face" | "gguf";

export function sourceTables(architecture: Architecture, naming: Naming): SourceTables {
  if (naming === "gguf") {
    return {
      common: ggufCommon(architecture),
      feedForward: { expert: GGUF_EXPERTS, shared: ggufFeedForward("_shexp"), mlp: ggufFeedForward("") },
    };
  }
  return {
    common: HUGGING_FACE_COMMON,
    feedForward: {
      expert: architecture === "gpt_oss" ? GPT_OSS_EXPERTS : HUGGING_FACE_EXPERTS,
      shared: HUGGING_FACE_SHARED,
      mlp: HUGGING_FACE_DENSE,
    },
  };
}
