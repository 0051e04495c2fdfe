/**
 * The normalizer and the pre-tokenizer of a tokenizer.json, in terms that the tokenizer library computes exactly as the
 * reference library does. Steps that it would compute differently are written in other words:
 *
 * - ByteLevel with its own split, and Digits: the library uses JavaScript's `\s` and `\d`, the reference Unicode's White_Space and numbers.
 *   They become a Split by the same pattern, whose escapes the library does translate.
 * - Split that merges a match with its neighbour: the library would isolate it. It becomes an isolating Split by a
 *   longer pattern.
 * - Metaspace: the library does not split, and does not know the old `add_prefix_space`.
 * - Strip: the library uses `trim`, which knows another set of spaces.
 *
 * What cannot be put right is refused with `tokenizer_unsupported` instead of giving almost the right ids.
 */
import { fieldError } from "./errors.ts";
import { asFlag, asString } from "./jsonValues.ts";
import { MAX_TOKEN_CHARS } from "./limits.ts";
import { escapePattern, flattenPipeline, type PipelineStep, patternSource } from "./pipelineStep.ts";

/** A step in the library's own format. */
export type LibraryStep = Readonly<Record<string, unknown>>;

/** How GPT-2 cuts text into words; what ByteLevel means by `use_regex`. */
export const GPT2_SPLIT = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/** Throws `tokenizer_invalid` and `tokenizer_unsupported`. */
export function normalizerSteps(value: unknown): LibraryStep[] {
  return flattenPipeline(value, "normalizer", "normalizers").flatMap((step): LibraryStep[] => {
    const { type, values, field } = step;
    switch (type) {
      case "NFC":
      case "NFD":
      case "NFKC":
      case "NFKD":
      case "Lowercase":
        return [{ type }];
      case "Prepend":
        return [{ type, prepend: asString(values.get("prepend"), `${field}.prepend`, MAX_TOKEN_CHARS) }];
      case "Replace":
        return [replace(patternSource(step), asString(values.get("content"), `${field}.content`, MAX_TOKEN_CHARS))];
      case "Strip":
        return [
          ...(asFlag(values.get("strip_left"), `${field}.strip_left`, false) ? [replace(String.raw`\A\s+`, "")] : []),
          ...(asFlag(values.get("strip_right"), `${field}.strip_right`, false) ? [replace(String.raw`\s+\z`, "")] : []),
        ];
      default:
        throw fieldError("tokenizer_unsupported", `${field}.type`, "a known normalizer", type);
    }
  });
}

/** Throws `tokenizer_invalid` and `tokenizer_unsupported`. */
export function preTokenizerSteps(value: unknown): LibraryStep[] {
  return flattenPipeline(value, "pre_tokenizer", "pretokenizers").flatMap((step): LibraryStep[] => {
    const { type, values, field } = step;
    switch (type) {
      case "ByteLevel":
        return [
          ...(asFlag(values.get("add_prefix_space"), `${field}.add_prefix_space`, true)
            ? [{ type: "Replace", pattern: { Regex: String.raw`\A[^ ]` }, content: " $&" }]
            : []),
          ...(asFlag(values.get("use_regex"), `${field}.use_regex`, true) ? [isolate(GPT2_SPLIT)] : []),
          { type, add_prefix_space: false, use_regex: false },
        ];
      case "Digits": {
        const single = asFlag(values.get("individual_digits"), `${field}.individual_digits`, false);
        return [isolate(single ? String.raw`\p{N}` : String.raw`\p{N}+`)];
      }
      case "Split":
        return [split(step)];
      case "Metaspace":
        return metaspace(step);
      default:
        throw fieldError("tokenizer_unsupported", `${field}.type`, "a known pre-tokenizer", type);
    }
  });
}

function split(step: PipelineStep): LibraryStep {
  const { values, field } = step;
  const source = patternSource(step);
  const behavior = values.get("behavior");
  const invert = asFlag(values.get("invert"), `${field}.invert`, false);
  // Isolating keeps matches and what lies between them, so inverting it changes nothing.
  if (behavior === "Isolated") return isolate(source);
  if (behavior === "Removed") return { type: "Split", pattern: { Regex: source }, behavior, invert };
  const others = String.raw`(?:(?!(?:${source}))[\s\S])*`;
  if (behavior === "MergedWithPrevious" && !invert) return isolate(`${others}(?:${source})`);
  if (behavior === "MergedWithNext" && !invert) return isolate(`(?:${source})${others}`);
  const got = invert ? `${behavior}, inverted` : behavior;
  throw fieldError("tokenizer_unsupported", `${field}.behavior`, "Isolated, Removed or MergedWith…", got);
}

function metaspace({ values, field }: PipelineStep): LibraryStep[] {
  const replacement = asString(values.get("replacement") ?? "▁", `${field}.replacement`, 2);
  const legacy = asFlag(values.get("add_prefix_space"), `${field}.add_prefix_space`, true);
  const scheme = values.get("prepend_scheme") ?? (legacy ? "always" : "never");
  if (scheme !== "always" && scheme !== "first" && scheme !== "never") {
    throw fieldError("tokenizer_invalid", `${field}.prepend_scheme`, "always, first or never", scheme);
  }
  const mark = escapePattern(replacement);
  return [
    { type: "Metaspace", replacement, prepend_scheme: scheme },
    ...(asFlag(values.get("split"), `${field}.split`, true) ? [isolate(`${mark}[^${mark}]*`)] : []),
  ];
}

function isolate(source: string): LibraryStep {
  return { type: "Split", pattern: { Regex: source }, behavior: "Isolated", invert: false };
}

/** The library hands `content` to JavaScript's `replaceAll`, where a dollar sign has a meaning of its own. */
function replace(source: string, content: string): LibraryStep {
  return { type: "Replace", pattern: { Regex: source }, content: content.replaceAll("$", "$$$$") };
}
