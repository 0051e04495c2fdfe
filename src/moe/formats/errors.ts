/**
 * The error codes of the file readers and writers. One list, so that a caller can branch on all of them.
 *
 * A file from someone else never causes anything but an `AiBlockError` with one of these codes.
 */
import { AiBlockError, type ErrorData } from "../../core/errors.ts";

export type FormatErrorCode =
  // The file as the operating system sees it.
  | "file_missing"
  | "file_is_link"
  | "file_not_regular"
  | "file_unreadable"
  | "file_changed"
  | "file_truncated"
  | "file_is_lfs_pointer"
  | "read_out_of_range"
  | "source_closed"
  // What to read.
  | "weights_missing"
  | "weights_ambiguous"
  | "format_unknown"
  | "shard_missing"
  | "shard_name_invalid"
  | "index_invalid"
  | "index_mismatch"
  // Headers.
  | "header_invalid"
  | "header_too_large"
  | "too_many_tensors"
  | "too_many_entries"
  // One tensor.
  | "tensor_missing"
  | "tensor_duplicate"
  | "tensor_name_invalid"
  | "tensor_shape_invalid"
  | "tensor_size_mismatch"
  | "tensor_offsets_invalid"
  | "tensor_data_invalid"
  | "dtype_unsupported"
  // Zip files and pickles.
  | "zip_invalid"
  | "zip_unsupported"
  | "zip_name_invalid"
  | "checksum_mismatch"
  | "pickle_invalid"
  | "pickle_forbidden"
  | "pickle_limit"
  // GGUF.
  | "gguf_invalid"
  | "gguf_version_unsupported"
  | "gguf_metadata_invalid"
  // ONNX and other files that are only identified.
  | "protobuf_invalid"
  | "external_data_refused"
  | "external_data_invalid"
  // Writing.
  | "export_unsupported"
  | "export_differs"
  | "target_exists";

/** An error of the formats: `data` holds the facts (names, lengths, offsets), never file contents. */
export function formatError(
  code: FormatErrorCode,
  message: string,
  data: ErrorData = {},
  options?: ErrorOptions,
): AiBlockError {
  return new AiBlockError(code, message, data, options);
}
