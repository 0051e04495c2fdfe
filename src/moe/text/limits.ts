/** Ceilings for tokenizer files and texts from other people. Each is several times what published models need. */

/** `tokenizer.json` in bytes; the largest published ones have 35 MB. */
export const MAX_TOKENIZER_JSON_BYTES = 128 * 2 ** 20;
/** Any other tokenizer file in bytes. */
export const MAX_SMALL_FILE_BYTES = 8 * 2 ** 20;
/** Entries of the vocabulary, and of its merges. */
export const MAX_VOCAB_ENTRIES = 2 ** 21;
export const MAX_ADDED_TOKENS = 2 ** 16;
/** UTF-16 code units of one token. */
export const MAX_TOKEN_CHARS = 2 ** 14;
/** Nesting and number of the steps of a normalizer, pre-tokenizer, decoder or post-processor. */
export const MAX_PIPELINE_DEPTH = 8;
export const MAX_PIPELINE_STEPS = 64;
/** UTF-16 code units of a pattern in the pipeline; the longest published one has 700. */
export const MAX_PATTERN_CHARS = 4096;

/** UTF-16 code units of a text to encode, and of a rendered chat. */
export const MAX_TEXT_CHARS = 16 * 2 ** 20;

/** UTF-16 code units of a chat template; the longest published ones have 20,000. */
export const MAX_TEMPLATE_CHARS = 2 ** 18;
export const MAX_TEMPLATES = 64;
/** White space in a row inside a template: the template library's patterns take quadratic time in it. */
export const MAX_TEMPLATE_SPACE_RUN = 1024;
/** Evaluated nodes of one rendering. A long conversation needs some ten thousand. */
export const MAX_TEMPLATE_STEPS = 2_000_000;
/** Wall-clock time of one rendering. */
export const MAX_TEMPLATE_MS = 5_000;
/** Items of a list inside a rendering. */
export const MAX_TEMPLATE_ITEMS = 2 ** 16;
/** Nesting of the values handed to a template. */
export const MAX_VALUE_DEPTH = 64;

export const MAX_STOP_STRINGS = 16;
export const MAX_STOP_CHARS = 1024;
