import fc from "fast-check";
import type { StreamOptions } from "../../../src/moe/text/tokenDecoder.ts";
import type { Tokenizer } from "../../../src/moe/text/tokenizer.ts";
import { codeOf, goldTokenizerJson, goldTokenizers, tokenizerOf } from "./fixtures.ts";

const cleanUp = { "tokenizer_config.json": { clean_up_tokenization_spaces: true } };
const llama = goldTokenizerJson("phimoe");
const metaspace = { type: "Metaspace", replacement: "▁", prepend_scheme: "first", split: false };
const tokenizers = new Map<string, Tokenizer>([
  ...goldTokenizers(),
  ["llama with clean-up", tokenizerOf(llama, cleanUp)],
  ["gpt2 with clean-up", tokenizerOf(goldTokenizerJson("mixtral"), cleanUp)],
  ["llama with Metaspace", tokenizerOf({ ...llama, normalizer: null, pre_tokenizer: metaspace, decoder: metaspace })],
  ["no decoder", tokenizerOf({ ...llama, decoder: null })],
]);

function pieces(tokenizer: Tokenizer, ids: readonly number[], options: StreamOptions = {}): string[] {
  const stream = tokenizer.createDetokenizer(options);
  return [...ids.map((id) => stream.push(id)), stream.flush()];
}

/** Decoding without streaming, for the two families: all bytes at once, and the reference library's rule for byte tokens. */
function decodeAtOnce(flavour: string, tokenizer: Tokenizer, ids: readonly number[]): string {
  const known = ids.filter((id) => tokenizer.tokenOf(id) !== undefined);
  if (flavour !== "llama") {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      Buffer.concat(known.map((id) => tokenizer.tokenBytes(id))),
    );
  }
  const parts: string[] = [];
  let run: number[] = [];
  const endRun = () => {
    const bytes = Buffer.from(run);
    const text = bytes.toString("utf8");
    parts.push(Buffer.from(text).equals(bytes) ? text : "\ufffd".repeat(bytes.length));
    run = [];
  };
  for (const id of known) {
    const token = tokenizer.tokenOf(id) as string;
    if (/^<0x..>$/.test(token)) {
      run.push(Number(token.slice(1, 5)));
      continue;
    }
    endRun();
    parts.push(token.replaceAll("▁", " "));
  }
  endRun();
  return parts.join("").replace(/^ /, "");
}

for (const [name, tokenizer] of tokenizers) {
  const ids = fc.array(fc.nat(tokenizer.vocabSize + 2), { maxLength: 40 });

  test(`${name}: pieces of random ids, joined, equal the decoding of all ids, and no piece holds half a character`, () => {
    fc.assert(
      fc.property(ids, fc.boolean(), (sequence, skipSpecialTokens) => {
        const out = pieces(tokenizer, sequence, { skipSpecialTokens });
        expect(out.join("")).toBe(tokenizer.decode(sequence, { skipSpecialTokens }));
        expect(out.every((piece) => piece.isWellFormed())).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  test(`${name}: ids of a text come out as that text's characters, never as a replacement character`, () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), (text) => {
        if (text.includes("\ufffd")) return;
        const sequence = tokenizer.encode(text, { parseAddedTokens: false });
        const whole = (piece: string) => piece.isWellFormed() && !piece.includes("\ufffd");
        expect(pieces(tokenizer, sequence).filter((piece) => !whole(piece))).toEqual([]);
      }),
      { numRuns: 80 },
    );
  });

  test(`${name}: a stream that goes on after other ids gives exactly what they would have been followed by`, () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), ids, (prompt, sequence) => {
        const after = tokenizer.encode(prompt);
        const head = pieces(tokenizer, after).slice(0, -1).join("");
        expect(head + pieces(tokenizer, sequence, { after }).join("")).toBe(tokenizer.decode([...after, ...sequence]));
      }),
      { numRuns: 80 },
    );
  });
}

for (const [flavour, tokenizer] of goldTokenizers()) {
  test(`${flavour}: decoding equals a decoder that sees everything at once`, () => {
    fc.assert(
      fc.property(fc.array(fc.nat(tokenizer.vocabSize + 2), { maxLength: 40 }), (sequence) => {
        expect(tokenizer.decode(sequence)).toBe(decodeAtOnce(flavour, tokenizer, sequence));
      }),
      { numRuns: 300 },
    );
  });
}

test("a character that several tokens share comes out with the last of them", () => {
  for (const [name, tokenizer] of goldTokenizers()) {
    const out = pieces(tokenizer, tokenizer.encode("a😀b", { addSpecialTokens: false }));
    expect([name, out.filter((piece) => piece.includes("😀")).length]).toEqual([name, 1]);
    expect(out.join("")).toBe("a😀b");
  }
});

test("a leading space is dropped at the beginning of a text and kept after other ids", () => {
  const tokenizer = tokenizerOf(llama);
  const the = tokenizer.idOf("▁the") as number;
  expect(pieces(tokenizer, [the, the]).join("")).toBe("the the");
  expect(pieces(tokenizer, [the], { after: [the] }).join("")).toBe(" the");
});

test("the bytes of a token do not depend on its neighbours", () => {
  const tokenizer = tokenizerOf(llama);
  const bytes = (token: string) => [...tokenizer.tokenBytes(tokenizer.idOf(token) as number)];
  expect(bytes("▁the")).toEqual([...Buffer.from(" the")]);
  expect(bytes("<0xE4>")).toEqual([0xe4]);
  expect(bytes("<|end|>")).toEqual([...Buffer.from("<|end|>")]);
  expect(tokenizer.tokenBytes(9_999)).toHaveLength(0);
  const byteLevel = tokenizerOf(goldTokenizerJson("mixtral"));
  expect([...byteLevel.tokenBytes(byteLevel.idOf("Ġ") as number)]).toEqual([0x20]);
  expect([...byteLevel.tokenBytes(byteLevel.idOf("ð") as number)]).toEqual([0xf0]);
});

test("ids that are no ids are refused; ids without a token add nothing", () => {
  const tokenizer = tokenizerOf(llama);
  for (const id of [-1, 0.5, Number.NaN, "1", null, undefined]) {
    expect(codeOf(() => tokenizer.decode([id as number]))).toBe("token_id_invalid");
  }
  expect(tokenizer.decode([9_999, tokenizer.idOf("▁the") as number, 2 ** 40])).toBe("the");
  expect(tokenizer.decode([])).toBe("");
});
