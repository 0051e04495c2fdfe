import { readFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf, goldTokenizerJson, tokenizerOf } from "./fixtures.ts";

interface Variant {
  readonly name: string;
  readonly base: string;
  readonly patch: Readonly<Record<string, object>>;
  readonly texts: readonly (readonly [text: string, ids: number[], idsWithoutSpecial: number[]])[];
  readonly decodes: readonly (readonly [ids: number[], text: string, textWithoutSpecial: string])[];
}

const path = join(import.meta.dirname, "../../fixtures/text/tokenizer_variants.json");
const { variants } = JSON.parse(readFileSync(path, "utf8")) as { variants: Variant[] };

/** An inverted split that merges with a neighbour: in no published tokenizer. */
const UNSUPPORTED = /MergedWith\w+-True$/;

for (const { name, base, patch, texts, decodes } of variants) {
  const original = goldTokenizerJson(base);
  const json = { ...original, ...patch, model: { ...(original.model as object), ...patch.model } };

  if (UNSUPPORTED.test(name)) {
    test(`${name}: refused, because it could not be exact`, () => {
      expect(codeOf(() => tokenizerOf(json))).toBe("tokenizer_unsupported");
    });
    continue;
  }
  test(`${name}: ids and decoded texts equal the reference library's`, () => {
    const tokenizer = tokenizerOf(json);
    for (const [text, ids, idsWithoutSpecial] of texts) {
      expect(tokenizer.encode(text)).toEqual(ids);
      expect(tokenizer.encode(text, { addSpecialTokens: false })).toEqual(idsWithoutSpecial);
    }
    for (const [ids, text, textWithoutSpecial] of decodes) {
      expect(tokenizer.decode(ids)).toBe(text);
      expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe(textWithoutSpecial);
    }
  });
}
