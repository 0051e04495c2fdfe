import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { errorCode } from "../../../src/core/errors.ts";
import type { BpeOptions } from "../../../src/moe/bpe/options.ts";
import { tokenizerFiles } from "../../../src/moe/bpe/tokenizerJson.ts";
import { type BpeProgress, trainBpe } from "../../../src/moe/bpe/train.ts";
import { toByteChars } from "../../../src/moe/text/byteAlphabet.ts";
import { loadTokenizer, type Tokenizer } from "../../../src/moe/text/tokenizer.ts";

/** Documents, each as often as its number says. */
function corpusOf(words: Readonly<Record<string, number>>): string[] {
  return Object.entries(words).flatMap(([word, count]) => new Array<string>(count).fill(word));
}

function load(json: string): Tokenizer {
  return loadTokenizer(new Map([["tokenizer.json", json]]));
}

async function codeOf(corpus: Iterable<string>, options: unknown): Promise<string | undefined> {
  try {
    await trainBpe(corpus, options as BpeOptions);
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
}

const SMALL = corpusOf({ low: 5, lower: 2, newest: 6, widest: 3 });
/** Every document twice, so that there are enough pairs for a few dozen merges. */
const PROSE = [
  "The quick brown fox jumps over the lazy dog. The dog sleeps, and the fox runs on.\n",
  "Counting: 1, 2, 3, 10, 11, 12; it's the dog's 2nd nap. They've seen it; we'll see.\n\n",
  "naïve café über 日本語のテスト 😀👍🏽 — “quotes” and\ttabs  and   spaces\r\n",
].flatMap((text) => [text, text]);

test("the merges of a small corpus are those worked out by hand, ties going to the lower left and right ids", async () => {
  const { merges } = await trainBpe(SMALL, { vocabSize: 256 + 12, minFrequency: 2 });
  // es and st both occur 9 times (newest 6, widest 3): e comes before s. lo and ow both occur 7 times, and so on.
  expect(merges.map(([left, right]) => `${left} ${right}`)).toEqual([
    "e s",
    "es t",
    "l o",
    "lo w",
    "e w",
    "n ew",
    "new est",
    "d est",
    "i dest",
    "w idest",
    "e r",
    "low er",
  ]);
});

/** Counts everything anew for each merge. */
function naiveMerges(words: readonly string[], merges: number, minFrequency: number): string[] {
  const ids = new Map<string, number>();
  for (const char of [...new Set(words.flatMap((word) => [...toByteChars(word)]))].sort()) ids.set(char, ids.size);
  let split = words.map((word) => [...toByteChars(word)]);
  const done: string[] = [];
  while (done.length < merges) {
    const counts = new Map<string, number>();
    for (const word of split) {
      for (let i = 1; i < word.length; i++) {
        const pair = `${word[i - 1]} ${word[i]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const rank = (pair: string) => pair.split(" ").map((part) => ids.get(part) as number) as [number, number];
    const [best] = [...counts].sort(([a, x], [b, y]) => y - x || rank(a)[0] - rank(b)[0] || rank(a)[1] - rank(b)[1]);
    if (best === undefined || best[1] < minFrequency) break;
    const [left, right] = best[0].split(" ") as [string, string];
    if (!ids.has(left + right)) ids.set(left + right, ids.size);
    done.push(best[0]);
    split = split.map((word) => {
      const out: string[] = [];
      for (const part of word) out.push(part);
      for (let i = 0; i + 1 < out.length; i++)
        if (out[i] === left && out[i + 1] === right) out.splice(i, 2, left + right);
      return out;
    });
  }
  return done;
}

test("merges equal those of a trainer that counts everything anew each time", async () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c", "é"), minLength: 1, maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(fc.array(word, { minLength: 3, maxLength: 30 }), async (words) => {
      const expected = naiveMerges(words, 8, 2);
      if (expected.length === 0) return;
      // Two ways to the same text make one token of two merges, so count the tokens that the merges make.
      const made = new Set(expected.map((pair) => pair.replace(" ", ""))).size;
      const { merges } = await trainBpe(words, { vocabSize: 256 + made, minFrequency: 2 });
      expect(merges.map(([left, right]) => `${left} ${right}`)).toEqual(expected.slice(0, merges.length));
      expect(merges.length).toBeGreaterThanOrEqual(made);
    }),
    { numRuns: 150 },
  );
});

test("the same corpus gives the same file, in whatever order the documents come", async () => {
  const options = { vocabSize: 330, specialTokens: ["<s>"] };
  const first = await trainBpe(PROSE, options);
  const again = await trainBpe(PROSE, options);
  const reversed = await trainBpe([...PROSE].reverse(), options);
  expect(again.json).toBe(first.json);
  expect(reversed.json).toBe(first.json);
  expect(first.vocabSize).toBe(330);
});

test("every text survives encoding and decoding, with each way of cutting words", async () => {
  for (const split of ["gpt2", "qwen"] as const) {
    for (const singleDigits of [false, true]) {
      const { json } = await trainBpe(PROSE, {
        vocabSize: 320,
        split,
        singleDigits,
        specialTokens: ["<s>", "<|end|>"],
      });
      const tokenizer = load(json);
      fc.assert(
        fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.constantFrom(...PROSE)), (text) => {
          expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
        }),
        { numRuns: 200 },
      );
    }
  }
});

test("the library encodes words as the merges, applied in order, say", async () => {
  const { json, merges } = await trainBpe(PROSE, { vocabSize: 340 });
  const tokenizer = load(json);
  const apply = (word: string) => {
    const parts = [...toByteChars(word)];
    for (const [left, right] of merges) {
      for (let i = 0; i + 1 < parts.length; i++)
        if (parts[i] === left && parts[i + 1] === right) parts.splice(i, 2, left + right);
    }
    return parts;
  };
  const words = [...new Set(PROSE.join(" ").match(/ ?\p{L}+/gu))];
  expect(words.length).toBeGreaterThan(30);
  for (const word of words) expect(tokenizer.encode(word).map((id) => tokenizer.tokenOf(id))).toEqual(apply(word));
});

test("the tokenizer library reads the file by itself and gives the same ids", async () => {
  const { json } = await trainBpe(PROSE, { vocabSize: 330, specialTokens: ["<s>", "<|im_end|>"] });
  const ours = load(json);
  const library = new LibraryTokenizer(JSON.parse(json), {});
  for (const text of [...PROSE, "a <s>b<|im_end|> 42", ""]) expect(library.encode(text).ids).toEqual(ours.encode(text));
});

test("special tokens have the first ids, are never cut, and no merge makes their text", async () => {
  const { json, merges } = await trainBpe(["xab xcd<ab>xcd xcd", "ab ab ab"], {
    vocabSize: 258 + 2,
    specialTokens: ["<ab>", "ab"],
  });
  const tokenizer = load(json);
  expect(tokenizer.encode("x<ab>ab")).toEqual([tokenizer.idOf("x"), 0, 1]);
  expect(merges.some(([left, right]) => left + right === "ab" || left + right === "<ab>")).toBe(false);
  expect(tokenizer.specialIds).toEqual(new Set([0, 1]));
}, 20_000);

test("with singleDigits every digit is a token of its own", async () => {
  const corpus = corpusOf({ "1234 5678 1234 ": 20 });
  const single = load((await trainBpe(corpus, { vocabSize: 256, singleDigits: true })).json);
  expect(single.encode("1234").length).toBe(4);
  const grouped = load((await trainBpe(corpus, { vocabSize: 256 + 3, singleDigits: false, split: "gpt2" })).json);
  expect(grouped.encode("1234").length).toBeLessThan(4);
  expect(await codeOf(["1234567890 ".repeat(50)], { vocabSize: 300, singleDigits: true })).toBe("corpus_too_short");
});

test("a corpus that is empty or too short is refused with what it would reach", async () => {
  expect(await codeOf([], { vocabSize: 300 })).toBe("corpus_empty");
  expect(await codeOf(["", ""], { vocabSize: 300 })).toBe("corpus_empty");
  expect(await codeOf(["<s><s>"], { vocabSize: 300, specialTokens: ["<s>"] })).toBe("corpus_empty");
  try {
    await trainBpe(["abab"], { vocabSize: 300, minFrequency: 2 });
    throw new Error("accepted");
  } catch (error) {
    expect(errorCode(error)).toBe("corpus_too_short");
    expect((error as { data: unknown }).data).toEqual({ vocabSize: 300, reached: 257 });
  }
});

test("options out of range are refused by name", async () => {
  for (const [options, parameter] of [
    [{ vocabSize: 255 }, "vocabSize"],
    [{ vocabSize: 256.5 }, "vocabSize"],
    [{ vocabSize: 2 ** 20 + 1 }, "vocabSize"],
    [{}, "vocabSize"],
    [{ vocabSize: 256, specialTokens: ["a"] }, "vocabSize"],
    [{ vocabSize: 300, minFrequency: 0 }, "minFrequency"],
    [{ vocabSize: 300, minFrequency: Number.NaN }, "minFrequency"],
    [{ vocabSize: 300, specialTokens: ["a", "a"] }, "specialTokens"],
    [{ vocabSize: 300, specialTokens: [""] }, "specialTokens"],
    [{ vocabSize: 300, specialTokens: "a" }, "specialTokens"],
    [{ vocabSize: 300, split: "bert" }, "split"],
    [{ vocabSize: 300, singleDigits: 1 }, "singleDigits"],
  ] as const) {
    try {
      await trainBpe(SMALL, options as unknown as BpeOptions);
      throw new Error("accepted");
    } catch (error) {
      expect([errorCode(error), (error as { data: { parameter?: string } }).data.parameter]).toEqual([
        "bad_bpe_option",
        parameter,
      ]);
    }
  }
  expect(await codeOf([5 as unknown as string], { vocabSize: 300 })).toBe("bad_bpe_option");
});

/** Deterministic words for a corpus large enough to take several turns. */
function* manyWords(documents: number): Generator<string> {
  let state = 1;
  for (let document = 0; document < documents; document++) {
    let text = "";
    for (let word = 0; word < 2000; word++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      text += ` ${(state >>> 12).toString(26).replace(/[0-9]/g, "q")}`;
    }
    yield text;
  }
}

test("aborting while reading or merging ends with the signal's reason; progress goes up in both phases", async () => {
  for (const phase of ["reading", "merging"] as const) {
    const controller = new AbortController();
    const seen: BpeProgress[] = [];
    const onProgress = (progress: BpeProgress) => {
      seen.push(progress);
      if (progress.phase === phase) controller.abort(new Error(`stop ${phase}`));
    };
    const options = { vocabSize: 8000, onProgress, signal: controller.signal };
    await expect(trainBpe(manyWords(60), options)).rejects.toThrow(`stop ${phase}`);
    expect(seen.at(-1)?.phase).toBe(phase);
  }
  const done: number[] = [];
  const onProgress = ({ phase, done: now }: BpeProgress) => {
    if (phase === "merging") done.push(now);
  };
  await trainBpe(manyWords(60), { vocabSize: 4000, onProgress });
  expect(done.length).toBeGreaterThan(1);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  await expect(trainBpe(SMALL, { vocabSize: 260, signal: AbortSignal.abort(new Error("at once")) })).rejects.toThrow(
    "at once",
  );
});

test("a word without end is left out instead of slowing down every merge", async () => {
  const { merges, vocabSize } = await trainBpe(["ab".repeat(2_000_000), ...PROSE], { vocabSize: 300 });
  expect(vocabSize).toBe(300);
  expect(merges.some(([left, right]) => left + right === "abab")).toBe(false);
});

test("the files of a model folder name its special tokens and template", async () => {
  const { json } = await trainBpe(PROSE, { vocabSize: 300, specialTokens: ["<pad>", "<s>", "</s>"] });
  const roles = {
    bosToken: "<s>",
    eosToken: "</s>",
    padToken: "<pad>",
    chatTemplate: "{{ bos_token }}{{ messages[0].content }}",
  };
  const tokenizer = loadTokenizer(tokenizerFiles(json, roles));
  expect([tokenizer.bosId, tokenizer.eosIds]).toEqual([1, [2]]);
  expect(tokenizer.encodeChat([{ role: "user", content: "The" }])[0]).toBe(1);
});
