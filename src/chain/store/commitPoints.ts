/**
 * Named points of the commit sequence at which a test may kill the process, to prove that nothing acknowledged is lost:
 * AI_BLOCK_TEST_KILL_AT="block:written:3" kills at the third passage of "block:written". Without the variable a point costs
 * one comparison.
 */
export const COMMIT_POINTS = [
  /** Some of a payload's bytes are in its temporary file. */
  "payload:writing",
  /** All of them are, and on disk. */
  "payload:synced",
  /** The chunk list has its name, the payload not yet. */
  "payload:list-renamed",
  /** Both have, but the folder is not synced. */
  "payload:renamed",
  /** Blocks are validated, their batch is not written. */
  "block:validated",
  /** The batch is on disk, nobody has been told. */
  "block:written",
] as const;

export type CommitPoint = (typeof COMMIT_POINTS)[number];

const killAt = process.env.AI_BLOCK_TEST_KILL_AT;
let passagesLeft = killAt === undefined ? 0 : Number(killAt.slice(killAt.lastIndexOf(":") + 1));

export function commitPoint(name: CommitPoint): void {
  if (killAt === undefined || killAt.slice(0, killAt.lastIndexOf(":")) !== name) return;
  passagesLeft -= 1;
  if (passagesLeft === 0) process.kill(process.pid, "SIGKILL");
}
