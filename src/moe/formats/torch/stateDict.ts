/**
 * Finds the tensors by name in what a `torch.save` file holds: a state dict itself, or one wrapped in a dictionary
 * beside other things (`{"state_dict": …}`, `{"model": …}`), as training frameworks save it.
 */
import { formatError } from "../errors.ts";
import { MAX_TENSORS } from "../limits.ts";
import { ofKind, type PickleDict, type PickleTensor, type PickleValue } from "../pickle/values.ts";

/** Where frameworks put the model's tensors, most specific first. */
const WRAPPERS = ["state_dict", "model_state_dict", "model", "module", "params", "weights"] as const;
const MAX_WRAPPERS = 4;

/** Tensors by name. Values that are no tensors are left out. Throws `weights_missing`, `too_many_tensors`. */
export function findStateDict(root: PickleValue): Map<string, PickleTensor> {
  let dict = ofKind(root, "dict");
  for (let depth = 0; dict !== undefined && depth <= MAX_WRAPPERS; depth++) {
    const tensors = tensorsOf(dict);
    if (tensors.size > 0) return tensors;
    dict = unwrap(dict);
  }
  throw formatError("weights_missing", "pickle: expected a dictionary of tensors by name, or one inside a dictionary");
}

function tensorsOf(dict: PickleDict): Map<string, PickleTensor> {
  const tensors = new Map<string, PickleTensor>();
  for (const [name, value] of dict.entries) {
    const tensor = ofKind(value, "tensor");
    if (tensor === undefined || typeof name !== "string") continue;
    if (tensors.size >= MAX_TENSORS) throw formatError("too_many_tensors", `expected at most ${MAX_TENSORS} tensors`);
    tensors.set(name, tensor);
  }
  return tensors;
}

function unwrap(dict: PickleDict): PickleDict | undefined {
  for (const key of WRAPPERS) {
    const inner = ofKind(dict.entries.get(key), "dict");
    if (inner !== undefined && inner.entries.size > 0) return inner;
  }
  return undefined;
}
