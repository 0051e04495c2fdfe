/**
 * Working memory of samplers: about 20 bytes for each token of the vocabulary, allocated once.
 * Sampling is synchronous and keeps nothing in it between calls, so all samplers of a thread may share one.
 */

/** Digits of the radix selection: 32-bit keys are read as 11 + 11 + 10 bits. */
const RADIX_SIZE = 2048;

export interface SamplerScratch {
  /** Logits after penalties, and the same bits as integers. */
  readonly logits: Float32Array;
  readonly bits: Int32Array;
  /** Candidate ids in ascending order; only the first `count` of a step are valid. */
  readonly ids: Int32Array;
  /** Unnormalised probability of each candidate, in step with `ids`. */
  readonly weights: Float64Array;
  /** Positions in `ids` that a selection still looks at. */
  readonly group: Int32Array;
  readonly histogram: Float64Array;
}

/** A holder that grows when a larger vocabulary comes. */
export interface SharedScratch {
  /** Memory for `vocabSize` tokens; arrays may be longer. Valid until the next call. */
  forVocabulary(vocabSize: number): SamplerScratch;
}

export function createSharedScratch(): SharedScratch {
  let scratch: SamplerScratch | undefined;
  return {
    forVocabulary: (vocabSize) => {
      if (scratch === undefined || scratch.logits.length !== vocabSize) scratch = allocate(vocabSize);
      return scratch;
    },
  };
}

function allocate(vocabSize: number): SamplerScratch {
  const logits = new Float32Array(vocabSize);
  return {
    logits,
    bits: new Int32Array(logits.buffer),
    ids: new Int32Array(vocabSize),
    weights: new Float64Array(vocabSize),
    group: new Int32Array(vocabSize),
    histogram: new Float64Array(RADIX_SIZE),
  };
}
