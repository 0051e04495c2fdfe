/** Names of activation functions as configs spell them. Several names of the tanh approximation differ only in rounding. */
import type { ConfigReader } from "./configReader.ts";
import { configError } from "./errors.ts";
import type { ActivationKind } from "./spec.ts";

const KINDS: ReadonlyMap<string, ActivationKind> = new Map([
  ["silu", "silu"],
  ["swish", "silu"],
  ["gelu", "gelu"],
  ["gelu_python", "gelu"],
  ["gelu_new", "gelu-tanh"],
  ["gelu_fast", "gelu-tanh"],
  ["gelu_accurate", "gelu-tanh"],
  ["gelu_pytorch_tanh", "gelu-tanh"],
  ["gelu_python_tanh", "gelu-tanh"],
  ["quick_gelu", "quick-gelu"],
  ["relu", "relu"],
  ["relu2", "relu-squared"],
  ["tanh", "tanh"],
  ["sigmoid", "sigmoid"],
]);

export function readActivation(config: ConfigReader): ActivationKind {
  const name = config.text("hidden_act", "silu");
  const kind = KINDS.get(name);
  if (kind !== undefined) return kind;
  throw configError("config_unsupported", config.field("hidden_act"), `one of ${[...KINDS.keys()].join(", ")}`, name);
}
