/**
 * Ceilings for what a file may declare. Each is far above any published model;
 * they bound the work and the memory that a hostile header can cost.
 */

/** Headers, index files, pickles' opcode streams and GGUF's metadata are each read into memory up to this size. */
export const MAX_HEADER_BYTES = 16 * 1024 * 1024;
/** GGUF keeps the vocabulary and its merges in the header: 262k tokens come to about 15 MiB. */
export const MAX_GGUF_HEADER_BYTES = 32 * 1024 * 1024;
/** Of all metadata arrays of a GGUF file together: those of 262k tokens have 1.3 million. An item costs up to 40 bytes. */
export const MAX_GGUF_ARRAY_ITEMS = 2_000_000;
/** DeepSeek-V3 has about 92,000. */
export const MAX_TENSORS = 200_000;
export const MAX_DIMENSIONS = 8;
export const MAX_NAME_BYTES = 512;
export const MAX_NESTING = 32;
export const MAX_SHARDS = 4096;
