/** Under which names a new checkpoint holds each part: those of the reference library for the architecture. */
import type { Slot } from "../../../core/slot.ts";
import type { PartSource } from "../../model/partSource.ts";
import { sourceTables } from "../../model/partSources.ts";
import type { PartName } from "../../model/parts.ts";
import type { Architecture, ModelSpec } from "../../model/spec.ts";
import { trainingError } from "../errors.ts";

/** What the names of experts and routers contain. */
const SPARSE_NAMES: ReadonlyMap<Architecture, string> = new Map([
  ["mixtral", ".block_sparse_moe."],
  ["olmoe", ".mlp."],
  ["qwen2_moe", ".mlp."],
  ["qwen3_moe", ".mlp."],
]);

/** The tensors that hold a part, one after the other along its first axis. Throws `training_option_invalid`. */
export function tensorNames(spec: ModelSpec, slot: Slot, part: PartName): string[] {
  const infix = SPARSE_NAMES.get(spec.architecture);
  if (infix === undefined) {
    const expected = [...SPARSE_NAMES.keys()].join(", ");
    const text = `architecture: new models can be made for ${expected}, got ${spec.architecture}`;
    throw trainingError("training_option_invalid", text, { architecture: spec.architecture });
  }
  const tables = sourceTables(spec.architecture, "hugging-face");
  const { kind } = slot;
  const own = kind === "expert" || kind === "shared" || kind === "mlp" ? tables.feedForward[kind].get(part) : undefined;
  const sparse = kind === "expert" || kind === "router";
  const fits = ({ arrangement, stacked, tensors }: PartSource): boolean =>
    arrangement === "rows" && !stacked && (!sparse || tensors.every((name) => name.includes(infix)));
  const source = (own ?? tables.common.get(part) ?? []).find(fits);
  if (source === undefined) throw new TypeError(`tensor names: nothing holds ${part} of ${kind} as it is`);
  const layer = "layer" in slot ? String(slot.layer) : "";
  const expert = slot.kind === "expert" ? String(slot.expert) : "";
  return source.tensors.map((name) => name.replace("{L}", layer).replace("{E}", expert));
}
