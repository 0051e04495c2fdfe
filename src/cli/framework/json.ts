/** Pieces of what `--json` prints. Every command declares its output as a schema: the documentation and tests use it. */
import * as z from "zod";

export const hashJson = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ shape: "hash" });

/** ISO 8601 in UTC; `null` when no calendar holds the time. */
export const timeJson = z.string().nullable().meta({ shape: "time | null" });

export const countJson = z.int().min(0);
