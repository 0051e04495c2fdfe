/** A model on the chain: what its manifest says, in the engine's terms. It never changes. */
import type { Chain } from "../../chain/chain.ts";
import type { Manifest, ManifestSlot } from "../../chain/model/manifest.ts";
import { excerpt, toHex } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";
import { checkDeclared, isDtype } from "../../moe/formats/dtype.ts";
import { type ModelConfig, parseConfig, parseConfigText } from "../../moe/model/parseConfig.ts";
import type { Naming } from "../../moe/model/partSources.ts";
import { detectNaming } from "../../moe/model/slotTable.ts";
import type { ModelSpec } from "../../moe/model/spec.ts";
import { type FoundModelSampling, readModelSampling } from "../../moe/sampling/modelSampling.ts";
import type { TensorInfo } from "../../moe/tensor.ts";

export interface ChainModel {
  /** Id of the meta block. */
  readonly id: Uint8Array;
  readonly idHex: string;
  readonly manifest: Manifest;
  readonly publishedMs: number;
  readonly config: ModelConfig;
  readonly spec: ModelSpec;
  readonly naming: Naming;
  readonly sampling: FoundModelSampling;
  /** Tensors of every slot by name. */
  readonly slots: ReadonlyMap<string, ReadonlyMap<string, TensorInfo>>;
}

/**
 * Throws `unknown_model`, `payload_missing`, `payload_corrupt`, and the codes of a config or of tensors that this
 * program cannot run (`config_…`, `architecture_unsupported`, `tensor_…`, `dtype_unsupported`, `tokenizer_invalid`).
 */
export async function readChainModel(chain: Chain, id: Uint8Array): Promise<ChainModel> {
  const manifest = await chain.manifest(id);
  const config = parseConfigText(Buffer.from(manifest.files.get("config.json") as Uint8Array).toString("utf8"));
  const slots = new Map([...manifest.slots.values()].map((slot) => [slot.name, tensorsOf(slot)]));
  const all = new Map([...slots.values()].flatMap((tensors) => [...tensors]));
  return {
    id,
    idHex: toHex(id),
    manifest,
    publishedMs: chain.dag.block(id)?.header.timeMs ?? 0,
    config,
    spec: parseConfig(config),
    naming: detectNaming(all),
    sampling: readModelSampling(manifest.files),
    slots,
  };
}

function tensorsOf({ name: slot, tensors }: ManifestSlot): Map<string, TensorInfo> {
  return new Map(
    tensors.map(({ name, dtype, shape, byteLength }) => {
      if (!isDtype(dtype)) {
        throw new AiBlockError("dtype_unsupported", `slot ${slot}: ${name}: dtype ${excerpt(dtype)} is not supported`);
      }
      const info = checkDeclared(name, dtype, shape);
      if (info.byteLength !== byteLength) {
        throw new AiBlockError(
          "tensor_size_mismatch",
          `slot ${slot}: ${name}: expected ${info.byteLength} bytes, the manifest says ${byteLength}`,
        );
      }
      return [name, info];
    }),
  );
}
