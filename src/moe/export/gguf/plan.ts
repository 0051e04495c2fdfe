/**
 * Which tensors a GGUF file of a model has: names and shapes as llama.cpp looks for them, and the parts of the model
 * that fill each. Experts of a layer form one stack, [experts, outputs, inputs].
 */
import { slotName } from "../../../core/slot.ts";
import type { FloatTarget } from "../../formats/float32.ts";
import type { PartName } from "../../model/parts.ts";
import type { SlotTable, StoredPart } from "../../model/slotTable.ts";
import type { Architecture, ModelSpec } from "../../model/spec.ts";
import { latentKeys, latentValues, pairRows } from "./reorder.ts";
import { ropeFactors } from "./ropeFactors.ts";
import { type Section, wholePart } from "./section.ts";
import { type GgufExportType, headType, matrixType, smallTensorType } from "./types.ts";

export interface PlannedTensor {
  readonly name: string;
  readonly dtype: FloatTarget | "MXFP4";
  readonly shape: readonly number[];
  readonly sections: readonly Section[];
  /** Values that come from the model's description instead of its weights. */
  readonly constant?: readonly number[];
  /** Experts' weights that stay MXFP4: which rows of each section's tensors, see `packMxfp4`. */
  readonly mxfp4Rows?: { readonly first: number; readonly step: number };
}

/** Their converter orders the rows of queries and keys for rotation of neighbouring pairs. */
const PAIRED: ReadonlySet<Architecture> = new Set(["mixtral", "granitemoe"]);
/** llama.cpp looks for a head here even if it equals the embedding. */
const NEEDS_HEAD: ReadonlySet<Architecture> = new Set(["olmoe", "qwen2_moe", "gpt_oss", "phimoe"]);

export function planTensors(spec: ModelSpec, table: SlotTable, type: GgufExportType): PlannedTensor[] {
  const plan = new Planner(spec, table, type);
  const { architecture, hiddenSize, vocabSize } = spec;
  const embedding = plan.part("embedding", "embedding.weight");
  const needsHead = spec.tiedEmbeddings && NEEDS_HEAD.has(architecture);
  const shape = [vocabSize, hiddenSize];
  // Without a matrix of its own the head uses the embedding's: then that one keeps the head's precision.
  const shared = spec.tiedEmbeddings && !needsHead;
  const embeddingType = shared ? headType(type, hiddenSize) : matrixType(type, hiddenSize);
  const tensors: PlannedTensor[] = [
    { name: "token_embd.weight", dtype: embeddingType, shape, sections: [wholePart(embedding)] },
  ];
  tensors.push(...ropeFactors(spec));
  for (const [layer, { feedForward }] of spec.layers.entries()) {
    tensors.push(...plan.attention(layer));
    tensors.push(...(feedForward === "dense" ? plan.dense(layer) : plan.experts(layer)));
  }
  tensors.push(...plan.vectors("head", [["finalNorm.weight", "output_norm.weight"]]));
  tensors.push(...plan.vectors("head", [["finalNorm.bias", "output_norm.bias"]]));
  const head = needsHead ? embedding : plan.find("head", "head.weight");
  if (head !== undefined) {
    tensors.push({ name: "output.weight", dtype: headType(type, hiddenSize), shape, sections: [wholePart(head)] });
  }
  tensors.push(...plan.vectors("head", [["head.bias", "output.bias"]]));
  return tensors;
}

class Planner {
  readonly #spec: ModelSpec;
  readonly #table: SlotTable;
  readonly #type: GgufExportType;

  constructor(spec: ModelSpec, table: SlotTable, type: GgufExportType) {
    this.#spec = spec;
    this.#table = table;
    this.#type = type;
  }

  find(slot: string, name: PartName): StoredPart | undefined {
    return this.#table.slots.get(slot)?.find(({ part }) => part.name === name);
  }

  part(slot: string, name: PartName): StoredPart {
    return this.find(slot, name)!;
  }

  /** Parts that are there, as float32 under the names given. */
  vectors(slot: string, names: readonly (readonly [PartName, string])[]): PlannedTensor[] {
    return names.flatMap(([part, name]) => {
      const stored = this.find(slot, part);
      if (stored === undefined) return [];
      // llama.cpp wants the one row of a gate as a vector.
      const shape = stored.part.shape[0] === 1 ? stored.part.shape.slice(1) : stored.part.shape;
      return [{ name, dtype: smallTensorType(), shape, sections: [wholePart(stored)] }];
    });
  }

  /** Parts that are there, in the export's type under the names given. */
  matrices(slot: string, names: readonly (readonly [PartName, string])[]): PlannedTensor[] {
    return names.flatMap(([part, name]) => {
      const stored = this.find(slot, part);
      return stored === undefined ? [] : [this.#matrix(name, stored.part.shape, [wholePart(stored)])];
    });
  }

  attention(layer: number): PlannedTensor[] {
    const slot = slotName({ kind: "attention", layer });
    const block = `blk.${layer}`;
    const secondNorm = this.#spec.architecture === "gpt_oss" ? "post_attention_norm" : "ffn_norm";
    return [
      ...this.vectors(slot, [
        ["inputNorm.weight", `${block}.attn_norm.weight`],
        ["inputNorm.bias", `${block}.attn_norm.bias`],
        ["queryNorm.weight", `${block}.attn_q_norm.weight`],
        ["keyNorm.weight", `${block}.attn_k_norm.weight`],
        ["sinks", `${block}.attn_sinks.weight`],
        ["queryDownNorm.weight", `${block}.attn_q_a_norm.weight`],
        ["latentNorm.weight", `${block}.attn_kv_a_norm.weight`],
        ["feedForwardNorm.weight", `${block}.${secondNorm}.weight`],
        ["feedForwardNorm.bias", `${block}.${secondNorm}.bias`],
        ["value.bias", `${block}.attn_v.bias`],
        ["output.bias", `${block}.attn_output.bias`],
      ]),
      ...this.#rotated(slot, block),
      ...this.matrices(slot, [
        ["value.weight", `${block}.attn_v.weight`],
        ["output.weight", `${block}.attn_output.weight`],
        ["queryDown.weight", `${block}.attn_q_a.weight`],
        ["queryUp.weight", `${block}.attn_q_b.weight`],
        ["latentDown.weight", `${block}.attn_kv_a_mqa.weight`],
      ]),
      ...this.#latentHalves(slot, block),
    ];
  }

  dense(layer: number): PlannedTensor[] {
    const slot = slotName({ kind: "mlp", layer });
    const block = `blk.${layer}`;
    return this.#feedForward(slot, [`${block}.ffn_gate.weight`, `${block}.ffn_up.weight`, `${block}.ffn_down.weight`]);
  }

  experts(layer: number): PlannedTensor[] {
    const block = `blk.${layer}`;
    const shared = slotName({ kind: "shared", layer });
    const names = ["gate", "up", "down"].map((name) => `${block}.ffn_${name}_shexp.weight`);
    return [
      ...this.vectors(slotName({ kind: "router", layer }), [
        ["router.weight", `${block}.ffn_gate_inp.weight`],
        ["router.bias", `${block}.ffn_gate_inp.bias`],
        ["router.correction", `${block}.exp_probs_b.bias`],
      ]),
      ...this.vectors(shared, [["sharedGate.weight", `${block}.ffn_gate_inp_shexp.weight`]]),
      ...(this.find(shared, "gateUp.weight") === undefined ? [] : this.#feedForward(shared, names)),
      ...this.#stack(layer, `${block}.ffn_gate_exps`, "gateUp", 0),
      ...this.#stack(layer, `${block}.ffn_up_exps`, "gateUp", 1),
      ...this.#stack(layer, `${block}.ffn_down_exps`, "down", undefined),
    ];
  }

  /** Query and key projections: their rows may have to be reordered head by head. */
  #rotated(slot: string, block: string): PlannedTensor[] {
    const { attention, architecture } = this.#spec;
    const paired = PAIRED.has(architecture) && attention.kind === "heads" ? attention.headDim : undefined;
    const order = paired === undefined ? {} : { groupRows: paired, reorder: pairRows(paired) };
    return (["query", "key"] as const).flatMap((name) => {
      const short = name === "query" ? "attn_q" : "attn_k";
      const weight = this.find(slot, `${name}.weight`);
      const bias = this.find(slot, `${name}.bias`);
      return [
        ...(weight === undefined
          ? []
          : [this.#matrix(`${block}.${short}.weight`, weight.part.shape, [{ ...wholePart(weight), ...order }])]),
        ...(bias === undefined
          ? []
          : [
              {
                name: `${block}.${short}.bias`,
                dtype: smallTensorType(),
                shape: bias.part.shape,
                sections: [{ ...wholePart(bias), ...order }],
              },
            ]),
      ];
    });
  }

  /** The expanding projection of latent attention, as one stack for keys and one for values. */
  #latentHalves(slot: string, block: string): PlannedTensor[] {
    const { attention } = this.#spec;
    const stored = this.find(slot, "latentUp.weight");
    if (stored === undefined || attention.kind !== "latent") return [];
    const { heads, plainDim, valueDim, keyValueRank } = attention;
    const groupRows = plainDim + valueDim;
    const keys = { ...wholePart(stored), groupRows, reorder: latentKeys(plainDim, valueDim) };
    const values = { ...wholePart(stored), groupRows, reorder: latentValues(plainDim, valueDim) };
    return [
      this.#matrix(`${block}.attn_k_b.weight`, [heads, keyValueRank, plainDim], [keys]),
      this.#matrix(`${block}.attn_v_b.weight`, [heads, valueDim, keyValueRank], [values]),
    ];
  }

  #feedForward(slot: string, [gate, up, down]: readonly string[]): PlannedTensor[] {
    const gateUp = this.part(slot, "gateUp.weight");
    const [rows = 0, width = 0] = gateUp.part.shape;
    const half = rows / 2;
    return [
      this.#matrix(gate!, [half, width], [{ stored: gateUp, from: 0, to: half }]),
      this.#matrix(up!, [half, width], [{ stored: gateUp, from: half, to: rows }]),
      ...this.matrices(slot, [["down.weight", down!]]),
    ];
  }

  /** All experts of a layer: the first or second half of the rows of gate and up together, or all of down. */
  #stack(layer: number, name: string, part: "gateUp" | "down", half: 0 | 1 | undefined): PlannedTensor[] {
    const { experts } = this.#spec;
    const slots = Array.from({ length: experts.count }, (_, expert) => slotName({ kind: "expert", layer, expert }));
    const sections = (suffix: "weight" | "bias"): Section[] =>
      slots.map((slot) => halfOf(this.part(slot, `${part}.${suffix}`), half));
    const weights = sections("weight");
    const first = weights[0]!;
    const shape = [experts.count, first.to - first.from, first.stored.part.shape[1]!];
    const keepsMxfp4 = this.#type !== "f32" && first.stored.arrangement.startsWith("mxfp4");
    const weight: PlannedTensor = keepsMxfp4
      ? {
          name: `${name}.weight`,
          dtype: "MXFP4",
          shape,
          sections: weights,
          mxfp4Rows: { first: half ?? 0, step: half === undefined ? 1 : 2 },
        }
      : this.#matrix(`${name}.weight`, shape, weights);
    if (!experts.bias) return [weight];
    const bias = {
      name: `${name}.bias`,
      dtype: smallTensorType(),
      shape: shape.slice(0, 2),
      sections: sections("bias"),
    };
    return [weight, bias];
  }

  #matrix(name: string, shape: readonly number[], sections: readonly Section[]): PlannedTensor {
    return { name, dtype: matrixType(this.#type, shape.at(-1)!), shape, sections };
  }
}

function halfOf(stored: StoredPart, half: 0 | 1 | undefined): Section {
  const rows = stored.part.shape[0]!;
  if (half === undefined) return { stored, from: 0, to: rows };
  return { stored, from: (half * rows) / 2, to: ((half + 1) * rows) / 2 };
}
