/** The table from parts to checkpoint tensors, by the naming that a file follows. */
import { GGUF_EXPERTS, ggufCommon, ggufFeedForward } from "./ggufSources.ts";
import {
  GPT_OSS_EXPERTS,
  HUGGING_FACE_COMMON,
  HUGGING_FACE_DENSE,
  HUGGING_FACE_EXPERTS,
  HUGGING_FACE_SHARED,
  HUGGING_FACE_TIED,
} from "./huggingFaceSources.ts";
import type { PartSource, SourceTable } from "./partSource.ts";
import type { Architecture } from "./spec.ts";

/** Which kind of feed-forward network a table is for: experts, the shared expert and dense layers share part names. */
export type FeedForwardKind = "expert" | "shared" | "mlp";

export interface SourceTables {
  readonly common: SourceTable;
  readonly feedForward: { readonly [K in FeedForwardKind]: SourceTable };
}

/** The names that a file uses: those of Hugging Face's libraries or those of GGUF. */
export type Naming = "hugging-face" | "gguf";

const BASE = "model.";

/** What was saved from a model without its head lacks the prefix; the names with it come first. */
function alsoWithoutPrefix(table: SourceTable): SourceTable {
  const short = (source: PartSource): PartSource => ({
    ...source,
    tensors: source.tensors.map((name) => (name.startsWith(BASE) ? name.slice(BASE.length) : name)),
  });
  return new Map([...table].map(([part, sources]) => [part, [...sources, ...sources.map(short)]]));
}

const COMMON = alsoWithoutPrefix(HUGGING_FACE_COMMON);
const TIED = alsoWithoutPrefix(new Map([...HUGGING_FACE_COMMON, ...HUGGING_FACE_TIED]));
const EXPERTS = alsoWithoutPrefix(HUGGING_FACE_EXPERTS);
const GPT_OSS = alsoWithoutPrefix(GPT_OSS_EXPERTS);
const SHARED = alsoWithoutPrefix(HUGGING_FACE_SHARED);
const DENSE = alsoWithoutPrefix(HUGGING_FACE_DENSE);

/** @param tied the head's matrix is the embedding's, so a file may hold it under either name. Default false. */
export function sourceTables(architecture: Architecture, naming: Naming, tied = false): SourceTables {
  if (naming === "gguf") {
    return {
      common: ggufCommon(architecture),
      feedForward: { expert: GGUF_EXPERTS, shared: ggufFeedForward("_shexp"), mlp: ggufFeedForward("") },
    };
  }
  return {
    common: tied ? TIED : COMMON,
    feedForward: { expert: architecture === "gpt_oss" ? GPT_OSS : EXPERTS, shared: SHARED, mlp: DENSE },
  };
}
