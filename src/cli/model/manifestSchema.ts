/** What a manifest file may hold. The messages say what was expected; manifestFile.ts adds what came. */
import { basename } from "node:path";
import * as z from "zod";
import {
  MAX_DIMENSIONS,
  MAX_MANIFEST_FILES,
  MAX_MODEL_NAME_CHARS,
  MAX_PAYLOAD_BYTES,
  MAX_TENSOR_NAME_CHARS,
  MAX_VALIDATORS,
} from "../../chain/limits.ts";
import { fromHex, isHashHex } from "../../core/bytes.ts";
import { isAdmissiblePublicKey } from "../../core/ed25519.ts";
import { errorMessage } from "../../core/errors.ts";
import { parseSlot } from "../../core/slot.ts";
import { isDtype, tensorBytes } from "../../moe/formats/dtype.ts";

const MAX_DIMENSION = 2 ** 32;
const MAX_PATH_CHARS = 4096;

/** A value that `test` accepts; `expected` says in words which those are. */
function leaf<T>(expected: string, test: (value: unknown) => boolean): z.ZodType<T> {
  return z.custom<T>(test, { error: `expected ${expected}` });
}

function text(what: string, max: number): z.ZodType<string> {
  return leaf(`${what} of 1 to ${max} characters`, (value) => {
    return typeof value === "string" && value.length >= 1 && value.length <= max && !value.includes("\0");
  });
}

function integer(min: number, max: number): z.ZodType<number> {
  return leaf(`an integer from ${min} to ${max}`, (value) => {
    return typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max;
  });
}

const list = <T extends z.ZodType>(item: T, of: string) => z.array(item, { error: `expected a list of ${of}` });
const object = { error: "expected an object" };
const hash = leaf<string>("64 lower-case hex digits", isHashHex);
const path = text("a path", MAX_PATH_CHARS);
const payloadBytes = integer(0, MAX_PAYLOAD_BYTES);

const tensor = z
  .strictObject(
    {
      name: text("a name", MAX_TENSOR_NAME_CHARS),
      dtype: text('an element type such as "BF16"', 16),
      shape: list(integer(0, MAX_DIMENSION), "dimensions").max(MAX_DIMENSIONS, {
        error: `expected at most ${MAX_DIMENSIONS} dimensions`,
      }),
      bytes: payloadBytes.optional(),
    },
    object,
  )
  .superRefine(({ dtype, shape, bytes }, context) => {
    const computed = bytesOf(dtype, shape);
    const note = (message: string) => context.addIssue({ code: "custom", path: ["bytes"], message });
    if (typeof computed === "string") note(computed);
    else if (computed === undefined && bytes === undefined) note(`expected them, since ${dtype} is not known here`);
    else if (computed !== undefined && bytes !== undefined && bytes !== computed) {
      note(`expected ${computed} for ${dtype} and this shape`);
    }
  });

const slots = z
  .record(z.string(), list(tensor, "tensors").min(1, { error: "expected at least one tensor" }), {
    error: "expected an object with slot names as keys",
  })
  .superRefine((value, context) => {
    const names = Object.keys(value);
    if (names.length === 0) context.addIssue({ code: "custom", message: "expected at least one slot" });
    for (const name of names.filter((each) => parseSlot(each) === undefined)) {
      context.addIssue({ code: "custom", path: [name], message: "expected a slot name such as layer0.expert1 as key" });
    }
  });

const files = list(path, "paths")
  .max(MAX_MANIFEST_FILES, { error: `expected at most ${MAX_MANIFEST_FILES} files` })
  .superRefine((paths, context) => {
    const names = paths.map((each) => basename(each));
    if (!names.includes("config.json")) {
      context.addIssue({ code: "custom", message: "expected config.json among them" });
    }
    names.forEach((name, i) => {
      if (names.indexOf(name) < i) context.addIssue({ code: "custom", path: [i], message: "expected names to differ" });
    });
  });

const evaluation = z.union([z.strictObject({ file: path }), z.strictObject({ root: hash, bytes: payloadBytes })], {
  error: 'expected { "file": … } or { "root": …, "bytes": … }',
});

const validator = leaf<string>("an Ed25519 public key in 64 lower-case hex digits", (value) => {
  return isHashHex(value) && isAdmissiblePublicKey(fromHex(value));
});

const smallestImprovement = leaf<number>("a finite number of at least 0", (value) => {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
});

export const manifestSchema = z
  .strictObject(
    {
      name: text("a name", MAX_MODEL_NAME_CHARS),
      files,
      slots,
      evaluation: evaluation.nullable().default(null),
      validators: list(validator, "public keys")
        .max(MAX_VALIDATORS, { error: `expected at most ${MAX_VALIDATORS} validators` })
        .default([]),
      quorum: integer(1, MAX_VALIDATORS).default(1),
      smallestImprovement: smallestImprovement.default(0),
    },
    object,
  )
  .superRefine(({ validators, quorum, evaluation }, context) => {
    const note = (field: string, message: string) => context.addIssue({ code: "custom", path: [field], message });
    if (new Set(validators).size < validators.length) note("validators", "expected keys to differ");
    if (validators.length > 0 && quorum > validators.length) note("quorum", `expected at most ${validators.length}`);
    if (validators.length > 0 && evaluation === null) note("evaluation", "expected one, since there are validators");
  });

export type ManifestFile = z.infer<typeof manifestSchema>;

/** The bytes of a tensor; `undefined` for an element type that is not known here; or what is wrong with the shape. */
export function bytesOf(dtype: string, shape: readonly number[]): number | string | undefined {
  if (!isDtype(dtype)) return undefined;
  try {
    const computed = tensorBytes(dtype, shape);
    return computed <= MAX_PAYLOAD_BYTES ? computed : `expected at most ${MAX_PAYLOAD_BYTES} by the shape`;
  } catch (error) {
    return errorMessage(error);
  }
}
