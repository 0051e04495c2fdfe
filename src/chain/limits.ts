/**
 * Every limit of the chain, by name. Those of the first group are consensus: a block beyond one is rejected by every
 * node for ever. Those of the second bound what one node is willing to hold: beyond one, a block is ignored for now.
 */

/** Consensus: what a valid block may contain. */
export const MAX_HEADER_BYTES = 1024;
export const MAX_PARENTS = 8;
export const MAX_SLOT_CHARS = 32;
export const MAX_FORMAT_CHARS = 24;
/** Generation numbers stay far below 2^53. */
export const MAX_HEIGHT = 2 ** 48;
/** 16 GiB: one slot of the largest published models stays below 4 GiB in f32. */
export const MAX_PAYLOAD_BYTES = 16 * 2 ** 30;
/** Some published tokenizers alone take 30 MB as JSON. */
export const MAX_MANIFEST_BYTES = 64 * 2 ** 20;
export const MAX_MANIFEST_FILES = 32;
export const MAX_FILE_NAME_CHARS = 64;
export const MAX_SLOTS = 65_536;
export const MAX_TENSORS = 200_000;
export const MAX_TENSOR_NAME_CHARS = 512;
export const MAX_DIMENSIONS = 8;
export const MAX_MODEL_NAME_CHARS = 128;
export const MAX_VALIDATORS = 256;
/** A candidate must not have the payload of one of so many versions that it descends from, the nearest ones. */
export const ROLLBACK_DEPTH = 64;

/** Payload chunk: a download is checked chunk by chunk. */
export const CHUNK_BYTES = 256 * 1024;

/** Node: what is held of things that cost nothing to make. */
export const MAX_CLOCK_SKEW_MS = 2 * 60_000;
export const MAX_ATTESTATIONS_PER_VALIDATOR_AND_CANDIDATE = 4;
/** An honest publisher makes one; more prove equivocation, and a few are kept as evidence. */
export const MAX_FIRST_VERSIONS_PER_SLOT = 4;
export const MAX_PENDING_PER_AUTHOR_AND_SLOT = 4;
export const MAX_PENDING_PER_AUTHOR = 64;
/** Pending candidates by authors of whom the model has adopted nothing yet, all together. */
export const MAX_PENDING_BY_UNKNOWN_AUTHORS = 4096;
export const PENDING_TTL_MS = 24 * 3_600_000;
export const MAX_MODELS = 256;
export const MAX_MODELS_PER_AUTHOR = 16;
export const MAX_ORPHANS = 1000;
export const MAX_ORPHANS_PER_PEER = 100;
export const MAX_ORPHAN_BYTES = 8 * 2 ** 20;
export const ORPHAN_TTL_MS = 30_000;
