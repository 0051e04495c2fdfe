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
  /** Whether a validator has attested the candidate with this id (hex), as far as this node has heard lately. */
  isAttested(idHex: string): boolean;
  /** The header of a stored block, or of one accepted earlier in the same batch. */
  header(id: Uint8Array): Header | undefined;
}
