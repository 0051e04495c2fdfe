/** The ids that a post-processor puts before and after a text: usually a begin token, rarely an end token. */
import { fieldError } from "./errors.ts";
import { asArray, asInteger, asObject, asString, isPresent } from "./jsonValues.ts";
import { MAX_TOKEN_CHARS, MAX_VOCAB_ENTRIES } from "./limits.ts";
import { flattenPipeline, type PipelineStep } from "./pipelineStep.ts";

export interface SpecialFrame {
  readonly prefix: readonly number[];
  readonly suffix: readonly number[];
}

/** Throws `tokenizer_invalid` and `tokenizer_unsupported`. */
export function readSpecialFrame(postProcessor: unknown): SpecialFrame {
  let frame: SpecialFrame = { prefix: [], suffix: [] };
  for (const step of flattenPipeline(postProcessor, "post_processor", "processors")) {
    const inner = stepFrame(step);
    frame = { prefix: [...inner.prefix, ...frame.prefix], suffix: [...frame.suffix, ...inner.suffix] };
  }
  return frame;
}

function stepFrame(step: PipelineStep): SpecialFrame {
  switch (step.type) {
    case "ByteLevel":
      return { prefix: [], suffix: [] };
    case "TemplateProcessing":
      return templateFrame(step);
    case "BertProcessing":
    case "RobertaProcessing":
      return { prefix: [pairId(step, "cls")], suffix: [pairId(step, "sep")] };
    default:
      throw fieldError("tokenizer_unsupported", `${step.field}.type`, "a known post-processor", step.type);
  }
}

/** `single`: the special tokens in order, with the text (`Sequence` A) somewhere among them. */
function templateFrame({ values, field }: PipelineStep): SpecialFrame {
  const special = values.get("special_tokens");
  const known = isPresent(special) ? asObject(special, `${field}.special_tokens`) : new Map<string, unknown>();
  const prefix: number[] = [];
  const suffix: number[] = [];
  let sequences = 0;
  for (const entry of asArray(values.get("single"), `${field}.single`, 64)) {
    const item = asObject(entry, `${field}.single`);
    if (item.has("Sequence")) {
      sequences += 1;
      continue;
    }
    const token = asObject(item.get("SpecialToken"), `${field}.single`);
    const name = asString(token.get("id"), `${field}.single`, MAX_TOKEN_CHARS);
    const ids = asArray(asObject(known.get(name), `${field}.special_tokens`).get("ids"), `${field}.special_tokens`, 64);
    for (const id of ids) {
      (sequences === 0 ? prefix : suffix).push(asInteger(id, `${field}.special_tokens`, MAX_VOCAB_ENTRIES - 1));
    }
  }
  if (sequences !== 1) throw fieldError("tokenizer_invalid", `${field}.single`, "the text exactly once", sequences);
  return { prefix, suffix };
}

/** The id in `cls: ["[CLS]", 101]`. */
function pairId({ values, field }: PipelineStep, name: string): number {
  return asInteger(asArray(values.get(name), `${field}.${name}`, 2)[1], `${field}.${name}`, MAX_VOCAB_ENTRIES - 1);
}
