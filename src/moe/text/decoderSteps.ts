/**
 * The `decoder` of a tokenizer.json as a chain that takes one token at a time.
 *
 * Invariant: the texts given out, joined, are what decoding the whole sequence at once gives, whatever the cuts. So a
 * step holds back what later tokens can still change: the bytes of an unfinished character, and a run of byte tokens
 * (`<0xE4>`), which the reference library turns into one U+FFFD each when the whole run is not UTF-8.
 */
import { fromByteChars } from "./byteAlphabet.ts";
import { fieldError } from "./errors.ts";
import { asFlag, asInteger, asString } from "./jsonValues.ts";
import { MAX_TOKEN_CHARS } from "./limits.ts";
import { flattenPipeline, type PipelineStep } from "./pipelineStep.ts";
import { streamingReplace } from "./streamingReplace.ts";

export interface DecoderStep {
  /** The tokens (or texts) that this one lets go. */
  push(token: string): readonly string[];
  flush(): readonly string[];
}

type StepFactory = () => DecoderStep;

/** Factories, so that every stream gets steps of its own. Throws `tokenizer_invalid` and `tokenizer_unsupported`. */
export function readDecoder(value: unknown): readonly StepFactory[] {
  const steps = flattenPipeline(value, "decoder", "decoders");
  // Without a decoder the reference library joins tokens with spaces.
  if (steps.length === 0) return [joinWithSpaces];
  let fused = false;
  return steps.map((step) => {
    const factory = stepFactory(step, fused);
    fused ||= step.type === "Fuse" || step.type === "ByteLevel";
    return factory;
  });
}

/** `fused`: the step sees one text that arrives in pieces, not tokens. */
function stepFactory(step: PipelineStep, fused: boolean): StepFactory {
  const { type, values, field } = step;
  switch (type) {
    case "ByteLevel":
      return byteLevel;
    case "ByteFallback":
      if (fused) break;
      return byteFallback;
    case "Fuse":
      return () => mapped((token) => token);
    case "Replace": {
      const pattern = values.get("pattern");
      const literal =
        typeof pattern === "object" && pattern !== null && "String" in pattern ? pattern.String : undefined;
      const search = asString(literal, `${field}.pattern.String`, MAX_TOKEN_CHARS);
      if (search === "") throw fieldError("tokenizer_invalid", `${field}.pattern.String`, "a text", search);
      const content = asString(values.get("content"), `${field}.content`, MAX_TOKEN_CHARS);
      if (!fused) return () => mapped((token) => token.split(search).join(content));
      return () => {
        const filter = streamingReplace(search, content);
        return { push: (token) => [filter.push(token)], flush: () => [filter.flush()] };
      };
    }
    case "Strip": {
      const content = asString(values.get("content"), `${field}.content`, 2);
      const start = asInteger(values.get("start") ?? 0, `${field}.start`, 64);
      const stop = asInteger(values.get("stop") ?? 0, `${field}.stop`, 64);
      if (content === "" || stop !== 0) break;
      return fused ? () => stripTextStart(content, start) : () => mapped((token) => stripStart(token, content, start));
    }
    case "Metaspace": {
      if (fused) break;
      const replacement = asString(values.get("replacement") ?? "▁", `${field}.replacement`, 2);
      const legacy = asFlag(values.get("add_prefix_space"), `${field}.add_prefix_space`, true);
      const keepFirst = (values.get("prepend_scheme") ?? (legacy ? "always" : "never")) === "never";
      return () => metaspace(replacement, keepFirst);
    }
  }
  throw fieldError("tokenizer_unsupported", `${field}.type`, "a known decoder in a known place", type);
}

function mapped(change: (token: string) => string): DecoderStep {
  return { push: (token) => [change(token)], flush: () => [] };
}

function byteLevel(): DecoderStep {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    push: (token) => {
      // A token outside the byte alphabet (an added one) stands for its own UTF-8 bytes.
      const bytes = fromByteChars(token) ?? Buffer.from(token, "utf8");
      return [decoder.decode(bytes, { stream: true })];
    },
    flush: () => [decoder.decode()],
  };
}

const BYTE_TOKEN = /^<0x([0-9A-Fa-f]{2})>$/;

function byteFallback(): DecoderStep {
  let run: number[] = [];
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const endRun = (): string[] => {
    if (run.length === 0) return [];
    const bytes = Uint8Array.from(run);
    run = [];
    try {
      return [strict.decode(bytes)];
    } catch {
      return ["\ufffd".repeat(bytes.length)];
    }
  };
  return {
    push: (token) => {
      const byte = BYTE_TOKEN.exec(token)?.[1];
      if (byte === undefined) return [...endRun(), token];
      run.push(Number.parseInt(byte, 16));
      return [];
    },
    flush: endRun,
  };
}

function stripStart(text: string, content: string, count: number): string {
  let from = 0;
  for (let i = 0; i < count && text.startsWith(content, from); i++) from += content.length;
  return text.slice(from);
}

function stripTextStart(content: string, count: number): DecoderStep {
  let left = count;
  return mapped((text) => {
    if (left === 0 || text === "") return text;
    const rest = stripStart(text, content, left);
    left = rest === "" ? left - text.length / content.length : 0;
    return rest;
  });
}

/** Drops the replacement character from the first token and turns it into a space in the others. */
function metaspace(replacement: string, keepFirst: boolean): DecoderStep {
  let first = !keepFirst;
  return mapped((token) => {
    const space = first ? "" : " ";
    first = false;
    return token.split(replacement).join(space);
  });
}

function joinWithSpaces(): DecoderStep {
  let first = true;
  return mapped((token) => {
    const text = first ? token : ` ${token}`;
    first = false;
    return text;
  });
}
