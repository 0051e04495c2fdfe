/** The error codes of models: configs, slot tables, weights. `data.field` names the key of `config.json` at fault. */
import { AiBlockError, type ErrorData } from "../../core/errors.ts";

export type ModelErrorCode =
  // config.json cannot be read, or is no JSON object.
  | "config_missing"
  | "config_unreadable"
  // `architectures` / `model_type` name a model that is not implemented.
  | "architecture_unsupported"
  // A key is absent, of the wrong type, out of range, or contradicts another.
  | "config_invalid"
  // A key asks for something that exists but is not implemented.
  | "config_unsupported"
  // The weights do not fit the config.
  | "tensor_missing"
  | "tensor_shape_mismatch"
  | "tensor_dtype_unsupported"
  | "tensor_not_finite"
  | "slot_missing"
  // While running.
  | "router_not_finite"
  | "bad_top_k";

export function modelError(
  code: ModelErrorCode,
  message: string,
  data: ErrorData = {},
  options?: ErrorOptions,
): AiBlockError {
  return new AiBlockError(code, message, data, options);
}

/** An error about one key of `config.json`. */
export function configError(
  code: "config_invalid" | "config_unsupported",
  field: string,
  expected: string,
  got: unknown,
): AiBlockError {
  const text = JSON.stringify(got) ?? "nothing";
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return modelError(code, `config.json: ${field}: expected ${expected}, got ${shown}`, { field });
}
