/** The same weights under the names and in the stacks of version 5 of the reference library. */
import type { Tensor, Weights } from "./weights.ts";

const EXPERT = /^(.*)\.experts\.(\d+)\.(w1|w3|w2|gate_proj|up_proj|down_proj)\.weight$/;
/** The place of each matrix in an expert: gate, up, down. */
const PLACES = new Map([
  ["w1", 0],
  ["gate_proj", 0],
  ["w3", 1],
  ["up_proj", 1],
  ["w2", 2],
  ["down_proj", 2],
]);

/** One after the other along a new first axis, or, where `join` is set, along the first axis that there is. */
function stacked(tensors: readonly Tensor[], join: boolean): Tensor {
  const [rows = 0, columns = 0, ...rest] = tensors[0]?.shape ?? [];
  const shape = join ? [rows * tensors.length, columns, ...rest] : [tensors.length, rows, columns, ...rest];
  return { shape, values: Float32Array.from(tensors.flatMap(({ values }) => [...values])) };
}

export function fused(type: string, weights: Weights): Weights {
  const out: Weights = new Map();
  const experts = new Map<string, [Tensor, Tensor, Tensor][]>();
  for (const [name, tensor] of weights) {
    const [, block, number, matrix] = EXPERT.exec(name) ?? [];
    if (block === undefined) {
      out.set(newName(type, name), tensor);
      continue;
    }
    const list = experts.get(block) ?? [];
    experts.set(block, list);
    const expert = list[Number(number)] ?? ([] as unknown as [Tensor, Tensor, Tensor]);
    list[Number(number)] = expert;
    expert[PLACES.get(matrix as string) as 0 | 1 | 2] = tensor;
  }
  for (const [block, list] of experts) {
    const both = list.map(([gate, up]) => stacked([gate, up], true));
    out.set(newName(type, `${block}.experts.gate_up_proj`), stacked(both, false));
    out.set(
      newName(type, `${block}.experts.down_proj`),
      stacked(
        list.map(([, , down]) => down),
        false,
      ),
    );
  }
  return out;
}

function newName(type: string, name: string): string {
  if (type === "granitemoe") {
    return name
      .replace("router.layer.weight", "router.weight")
      .replace("input_linear.weight", "experts.gate_up_proj")
      .replace("output_linear.weight", "experts.down_proj");
  }
  const moved = name.replace(".block_sparse_moe.", ".mlp.");
  return type === "phimoe" ? moved.replace(".gate.weight", ".router.weight") : moved;
}
