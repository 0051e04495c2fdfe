/**
 * The bytes that a single token stands for, wherever it is in a text: what `bytes` in a log-probability report means.
 * Unlike decoding, nothing depends on the neighbours: a leading space stays, half a character stays half.
 */
import { fromByteChars } from "./byteAlphabet.ts";
import { flattenPipeline } from "./pipelineStep.ts";

/** `decoder`: the `decoder` of a tokenizer.json that `readDecoder` has accepted. */
export function createTokenBytes(decoder: unknown): (token: string) => Uint8Array {
  const steps = flattenPipeline(decoder, "decoder", "decoders");
  const types = new Set(steps.map(({ type }) => type));
  const replacements = steps.flatMap(({ type, values }): [string, string][] => {
    if (type === "Metaspace") return [[String(values.get("replacement") ?? "▁"), " "]];
    if (type !== "Replace") return [];
    return [[(values.get("pattern") as { String: string }).String, values.get("content") as string]];
  });
  return (token) => {
    if (types.has("ByteLevel")) return fromByteChars(token) ?? Buffer.from(token, "utf8");
    const byte = types.has("ByteFallback") ? /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1] : undefined;
    if (byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16));
    return Buffer.from(
      replacements.reduce((text, [search, content]) => text.split(search).join(content), token),
      "utf8",
    );
  };
}
