/** What publishing makes of a verdict: its own blocks are accepted, or there before, or there is an error. */
import type { Verdict } from "../../chain/verdict.ts";
import { AiBlockError } from "../../core/errors.ts";

/** Throws `disk_full` or `block_refused` unless the block is on the chain now. */
export function requireAccepted(verdict: Verdict | undefined, what: string): void {
  if (verdict?.kind === "accept" || verdict?.code === "already_known") return;
  const reason = verdict?.reason ?? "no verdict";
  const code = verdict?.code === "store_unavailable" && reason.startsWith("disk_full") ? "disk_full" : "block_refused";
  throw new AiBlockError(code, `${what}: expected it to be accepted, got ${verdict?.code}: ${reason}`);
}
