/** Fields that several addresses take or give. */
import * as z from "zod";
import { parseSlot } from "../../core/slot.ts";
import { FIELD_LIMITS } from "../limits.ts";

const words = (expected: string) => ({ error: `expected ${expected}` });

export const hashField = z
  .string(words("64 lower-case hex digits"))
  .regex(/^[0-9a-f]{64}$/, words("64 lower-case hex digits"))
  .meta({ description: "64 lower-case hex digits." });

export const slotField = z
  .string(words("a slot, such as layer0.expert1"))
  .max(40, words("a slot, such as layer0.expert1"))
  .refine((name) => parseSlot(name) !== undefined, words("a slot, such as layer0.expert1"))
  .meta({ description: "A slot, such as `layer0.expert1`." });

const cursorField = z.string().min(1).max(1024, words("a cursor")).meta({ description: "Of the page before; opaque." });

/** A number in a query. */
const queryInteger = (min: number, max: number) =>
  z
    .string()
    .regex(/^(?:0|[1-9]\d{0,9})$/, words(`an integer from ${min} to ${max}`))
    .transform(Number)
    .pipe(
      z
        .int()
        .min(min, words(`an integer from ${min} to ${max}`))
        .max(max, words(`an integer from ${min} to ${max}`)),
    );

export const limitField = (fallback: number) =>
  queryInteger(1, FIELD_LIMITS.pageItems)
    .optional()
    .meta({ description: `Items at most, 1 to ${FIELD_LIMITS.pageItems}; ${fallback} when it is not given.` })
    .transform((limit) => limit ?? fallback);

/** Of every list that comes in pages. */
export const pageQuery = { cursor: cursorField.optional(), limit: limitField(50) };

export const number = (min: number, max: number) =>
  z
    .number(words(`a number from ${min} to ${max}`))
    .min(min, words(`a number from ${min} to ${max}`))
    .max(max, words(`a number from ${min} to ${max}`));

export const integer = (min: number, max: number) =>
  z
    .int(words(`an integer from ${min} to ${max}`))
    .min(min, words(`an integer from ${min} to ${max}`))
    .max(max, words(`an integer from ${min} to ${max}`));

export const flag = z.boolean(words("true or false"));

export const text = (max: number, min = 1) =>
  z
    .string(words("a text"))
    .min(min, words(`a text of ${min} to ${max} characters`))
    .max(max, words(`a text of ${min} to ${max} characters`));

/** A 64-bit integer as JSON has it: beyond 2^53 the nearest number. */
export const seedField = z
  .number(words("a 64-bit integer"))
  .refine((seed) => Number.isInteger(seed) && seed >= -(2 ** 63) && seed < 2 ** 64, words("a 64-bit integer"))
  // For the OpenAPI document; zod's own integers end at 2^53.
  .meta({ type: "integer" });

/** One text or up to four; none is the same as absent. */
export const stopField = z
  .union([text(FIELD_LIMITS.stopChars), z.array(text(FIELD_LIMITS.stopChars)).max(FIELD_LIMITS.stops)], {
    error: `expected a text or at most ${FIELD_LIMITS.stops} texts of 1 to ${FIELD_LIMITS.stopChars} characters`,
  })
  .transform((stop) => (typeof stop === "string" ? [stop] : stop));

const BIAS_WORDS = `expected an object of at most ${FIELD_LIMITS.logitBiasEntries} token ids with numbers from -100 to 100`;

/** Token ids to numbers from -100 to 100. Counted before anything is looked at: a body has room for 100,000 entries. */
export const logitBiasField = z
  .custom<Readonly<Record<string, number>>>(isLogitBias, { error: BIAS_WORDS })
  .transform((bias): ReadonlyMap<number, number> => {
    return new Map(Object.entries(bias).map(([id, value]) => [Number(id), value]));
  })
  .meta({
    type: "object",
    additionalProperties: { type: "number", minimum: -100, maximum: 100 },
    maxProperties: FIELD_LIMITS.logitBiasEntries,
    description: "Token ids with numbers that are added to their logits.",
  });

function isLogitBias(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const ids = Object.keys(value);
  if (ids.length > FIELD_LIMITS.logitBiasEntries) return false;
  return ids.every((id) => {
    const bias = (value as Record<string, unknown>)[id];
    return /^(?:0|[1-9]\d{0,7})$/.test(id) && typeof bias === "number" && Math.abs(bias) <= 100;
  });
}
