/**
 * Tensors as files hold them: a name, a dtype, a shape and bytes in row-major order, little-endian.
 * Everything that reads weights (a checkpoint folder, a GGUF file, a block's payload, a peer) gives a `TensorSource`.
 */

/**
 * Element types by the names that safetensors and GGUF use. The last group is stored in blocks of several elements,
 * in ggml's layouts: `MXFP4` (one exponent byte and 16 bytes for 32 elements), `Q4_0` to `Q8_0` and `IQ4_NL` (32),
 * `Q2_K` to `Q6_K` and `IQ4_XS` (256). A safetensors file holds MXFP4 otherwise: two `U8` tensors, see
 * `formats/mxfp4.ts`.
 */
export type Dtype =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "F8_E4M3"
  | "F8_E5M2"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U64"
  | "U32"
  | "U16"
  | "U8"
  | "BOOL"
  | "MXFP4"
  | "Q8_0"
  | "Q4_0"
  | "Q4_1"
  | "Q5_0"
  | "Q5_1"
  | "Q2_K"
  | "Q3_K"
  | "Q4_K"
  | "Q5_K"
  | "Q6_K"
  | "IQ4_NL"
  | "IQ4_XS";

export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  /** Outermost dimension first, as PyTorch and safetensors write it. */
  readonly shape: readonly number[];
  readonly byteLength: number;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
}

export interface TensorSource {
  /** Every tensor by name, known without reading any weights. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /**
   * The bytes of one tensor: exactly `byteLength`, a buffer that the caller owns.
   * Throws `tensor_missing` for an unknown name, and the reader's own codes when the file lies.
   */
  read(name: string, options?: ReadOptions): Promise<Uint8Array>;
  /**
   * Bytes `[byteOffset, byteOffset + byteLength)` of one tensor, without reading the rest where the storage allows:
   * one expert of a stack of experts, some rows of an embedding. Throws as `read` does, and `read_out_of_range`.
   */
  readRange(name: string, byteOffset: number, byteLength: number, options?: ReadOptions): Promise<Uint8Array>;
  /** May be called twice. */
  close(): Promise<void>;
}
