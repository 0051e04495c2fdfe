/**
 * The parts of a tokenizer.json that are lists of typed steps (normalizer, pre_tokenizer, decoder, post_processor) can
 * nest through `Sequence`. Here they become one flat list, without recursion and with a cap on depth and length.
 */
import { fieldError } from "./errors.ts";
import { asArray, asObject, asString, isPresent, type JsonObject } from "./jsonValues.ts";
import { MAX_PATTERN_CHARS, MAX_PIPELINE_DEPTH, MAX_PIPELINE_STEPS } from "./limits.ts";

export interface PipelineStep {
  readonly type: string;
  readonly values: JsonObject;
  /** Path for error messages: "pre_tokenizer.pretokenizers[1]". */
  readonly field: string;
}

/** `listKey`: what the steps of a Sequence are called there. Throws `tokenizer_invalid`. */
export function flattenPipeline(value: unknown, field: string, listKey: string): PipelineStep[] {
  const steps: PipelineStep[] = [];
  const pending = isPresent(value) ? [{ value, field, depth: 0 }] : [];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { depth } = next;
    const values = asObject(next.value, next.field);
    const type = asString(values.get("type"), `${next.field}.type`, 64);
    if (type !== "Sequence") {
      steps.push({ type, values, field: next.field });
      if (steps.length > MAX_PIPELINE_STEPS) {
        throw fieldError("tokenizer_invalid", field, `at most ${MAX_PIPELINE_STEPS} steps`, steps.length);
      }
      continue;
    }
    if (depth >= MAX_PIPELINE_DEPTH) {
      throw fieldError("tokenizer_invalid", field, `at most ${MAX_PIPELINE_DEPTH} nested sequences`, depth + 1);
    }
    const path = `${next.field}.${listKey}`;
    const inner = asArray(values.get(listKey), path, MAX_PIPELINE_STEPS);
    for (let i = inner.length - 1; i >= 0; i--) {
      pending.push({ value: inner[i], field: `${path}[${i}]`, depth: depth + 1 });
    }
  }
  return steps;
}

/** `{ String: text }` or `{ Regex: source }` as a regular-expression source in Oniguruma's syntax. */
export function patternSource(step: PipelineStep): string {
  const pattern = asObject(step.values.get("pattern"), `${step.field}.pattern`);
  const literal = pattern.get("String");
  const regex = pattern.get("Regex");
  if (isPresent(literal) === isPresent(regex)) {
    throw fieldError("tokenizer_invalid", `${step.field}.pattern`, "either String or Regex", pattern);
  }
  if (isPresent(literal)) return escapePattern(asString(literal, `${step.field}.pattern.String`, MAX_PATTERN_CHARS));
  return asString(regex, `${step.field}.pattern.Regex`, MAX_PATTERN_CHARS);
}

/** A source that matches `text` literally. */
export function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
