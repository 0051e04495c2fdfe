/**
 * Memory for panels: WebAssembly memories that grow as they fill, each with the kernels over it.
 *
 * WebAssembly memory cannot be given back to the system. What is freed is taken again by the next matrix of that size,
 * so an expert cache stays within the most it ever held.
 */
import { readSync } from "node:fs";
import { AiBlockError } from "../../../core/errors.ts";
import { activationFunctions, type QuantiseRow8, type QuantiseRow16 } from "./activationKernels.ts";
import { assemble } from "./assembler.ts";
import { type Dequantise8, dequantiseFunctions } from "./dequantiseKernels.ts";
import { productFunctions } from "./productKernels.ts";

const PAGE_BYTES = 65_536;
/** 4 GiB without the last page: what 32-bit addresses reach. */
const MAX_PAGES = 65_535;
/** Growing takes time, pages that nobody touches take no memory: 64 MiB at once. */
const GROWTH_PAGES = 1024;
/** Addresses are multiples of a cache line. */
const ALIGNMENT = 64;
/** At the start of each memory: activations and outputs of the product at hand. Untouched pages take no memory. */
export const SCRATCH_BYTES = 32 * 1024 * 1024;

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

interface WasmApi {
  readonly Memory: new (descriptor: { initial: number; maximum: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: WasmMemory } },
  ) => { readonly exports: unknown };
}

/** The compiler's libraries have it only for browsers. */
const { Memory, Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly;

export interface PanelKernels {
  readonly quantiseRow16: QuantiseRow16;
  readonly quantiseRow8: QuantiseRow8;
  readonly dequantise8: Dequantise8;
  /** Of both kinds of products, by `productName`. */
  readonly [name: string]: unknown;
}

let compiled: object | undefined;

/** One WebAssembly memory. */
export class PanelArena {
  readonly kernels: PanelKernels;
  readonly #memory: WasmMemory;
  readonly #free = new Map<number, number[]>();
  #floats = new Float32Array(0);
  #end = SCRATCH_BYTES;

  constructor() {
    this.#memory = new Memory({ initial: SCRATCH_BYTES / PAGE_BYTES, maximum: MAX_PAGES });
    compiled ??= new Module(assemble([...productFunctions(), ...activationFunctions(), ...dequantiseFunctions()]));
    this.kernels = new Instance(compiled, { env: { memory: this.#memory } }).exports as PanelKernels;
  }

  /** All of it; valid until the next `take`. Floats begin at addresses that are multiples of 4. */
  get floats(): Float32Array {
    // Growing makes a new buffer.
    if (this.#floats.buffer !== this.#memory.buffer) this.#floats = new Float32Array(this.#memory.buffer);
    return this.#floats;
  }

  /** An address, or `undefined` when this memory is full. Throws a RangeError when the system has no memory. */
  take(byteLength: number): number | undefined {
    const size = aligned(byteLength);
    const freed = this.#free.get(size)?.pop();
    if (freed !== undefined) return freed;
    const end = this.#end + size;
    if (end > MAX_PAGES * PAGE_BYTES) return undefined;
    const pages = this.#memory.buffer.byteLength / PAGE_BYTES;
    const wanted = Math.ceil(end / PAGE_BYTES);
    if (wanted > pages) this.#memory.grow(Math.min(Math.max(wanted - pages, GROWTH_PAGES), MAX_PAGES - pages));
    const address = this.#end;
    this.#end = end;
    return address;
  }

  give(address: number, byteLength: number): void {
    const size = aligned(byteLength);
    const freed = this.#free.get(size);
    if (freed === undefined) this.#free.set(size, [address]);
    else freed.push(address);
  }

  /** Reads bytes of a file to `address`. Blocks this thread. Returns `false` when the file ends before. */
  readFile(file: number, position: number, byteLength: number, address: number): boolean {
    const bytes = new Uint8Array(this.#memory.buffer, address, byteLength);
    for (let done = 0; done < byteLength; ) {
      const count = readSync(file, bytes, done, byteLength - done, position + done);
      if (count === 0) return false;
      done += count;
    }
    return true;
  }
}

/** Where a matrix lies. */
export interface PanelPlace {
  readonly arena: PanelArena;
  readonly address: number;
  readonly byteLength: number;
}

/** The memories of one thread. */
export class PanelMemory {
  readonly #arenas: PanelArena[] = [];

  /** Throws `out_of_memory`. */
  take(byteLength: number): PanelPlace {
    try {
      for (const arena of this.#arenas) {
        const address = arena.take(byteLength);
        if (address !== undefined) return { arena, address, byteLength };
      }
      const arena = new PanelArena();
      this.#arenas.push(arena);
      const address = arena.take(byteLength);
      if (address !== undefined) return { arena, address, byteLength };
    } catch (cause) {
      throw full(byteLength, cause);
    }
    throw full(byteLength);
  }

  give({ arena, address, byteLength }: PanelPlace): void {
    arena.give(address, byteLength);
  }
}

function aligned(byteLength: number): number {
  return Math.ceil(byteLength / ALIGNMENT) * ALIGNMENT;
}

function full(byteLength: number, cause?: unknown): AiBlockError {
  const text = `no memory for ${byteLength} bytes of quantised weights`;
  return new AiBlockError("engine_out_of_memory", text, { byteLength }, { cause });
}
