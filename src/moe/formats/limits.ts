/**
 * Ceilings for what a file may declare. Each is far above any published model;
 * they bound the work and the memory that a hostile header can cost.
 */

/** Headers, index files, pickles' opcode streams and GGUF's metadata are each read into memory up to this size. */
export const MAX_HEADER_BYTES = 16 * 1024 * 1024;
/** GGUF keeps the vocabulary and its merges in the header: 256k tokens come to about 10 MiB. */
export const MAX_GGUF_HEADER_BYTES = 64 * 1024 * 1024;
/** DeepSeek-V3 has about 92,000. */
export const MAX_TENSORS = 200_000;
export const MAX_DIMENSIONS = 8;
export const MAX_NAME_BYTES = 512;
export const MAX_NESTING = 32;
export const MAX_SHARDS = 4096;
