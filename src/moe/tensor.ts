/**
 * Tensors as files hold them: a name, a dtype, a shape and bytes in row-major order, little-endian.
 * Everything that reads weights (a checkpoint folder, a GGUF file, a block's payload, a peer) gives a `TensorSource`.
 */

/**
 * Element types by the names that safetensors and GGUF use. The last group is stored in blocks of several elements:
 * `MXFP4` (OCP microscaling, 32 elements) and GGUF's `Q8_0`, `Q4_0` (32), `Q4_K`, `Q6_K` (256).
 */
export type Dtype =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U8"
  | "BOOL"
  | "MXFP4"
  | "Q8_0"
  | "Q4_0"
  | "Q4_K"
  | "Q6_K";

export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  /** Outermost dimension first, as PyTorch and safetensors write it. */
  readonly shape: readonly number[];
  readonly byteLength: number;
}

export interface TensorSource {
  /** Every tensor by name, known without reading any weights. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /**
   * The bytes of one tensor: exactly `byteLength`, a buffer that the caller owns.
   * Throws `tensor_missing` for an unknown name, and the reader's own codes when the file lies.
   */
  read(name: string, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>;
  /** May be called twice. */
  close(): Promise<void>;
}
