/** The part of the WebAssembly interface that is used here; the compiler's libraries have it only for browsers. */

/** Shared and 64-bit: growing it leaves existing views valid. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
  /** Adds pages and gives the number of pages before. Throws a `RangeError` when there is no room. */
  grow(pages: bigint): bigint;
}

interface WasmApi {
  readonly Memory: new (descriptor: { address: "i64"; initial: bigint; maximum: bigint; shared: true }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: WasmMemory } },
  ) => { readonly exports: unknown };
}

const { Memory, Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly;

/** 16 GiB: what V8 allows. */
export const MAX_PAGES = 262_144;
export const PAGE_BYTES = 65_536;

/** An empty memory that threads can share and onnxruntime reads in place. */
export function createWasmMemory(): WasmMemory {
  return new Memory({ address: "i64", initial: 0n, maximum: BigInt(MAX_PAGES), shared: true });
}

export function instantiate(bytes: Uint8Array<ArrayBuffer>, memory: WasmMemory): unknown {
  return new Instance(new Module(bytes), { env: { memory } }).exports;
}
