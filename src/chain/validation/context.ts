/** What the checks may look at. */
import type { Header } from "../block/header.ts";
import type { ModelRules } from "../model/modelRules.ts";
import type { RowReader } from "../store/database.ts";

export interface ValidationContext {
  readonly rows: RowReader;
  /** By model id in hex. */
  readonly models: ReadonlyMap<string, ModelRules>;
  readonly nowMs: number;
  readonly enforceQuotas: boolean;
  /** The header of a stored block, or of one accepted earlier in the same batch. */
  header(id: Uint8Array): Header | undefined;
}
