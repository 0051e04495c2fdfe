/** Counts the parameters of a set of tensors: all of them, and those that one token uses. */
import type { MoeFacts, PrecisionShare } from "./report.ts";

/** What is known of a tensor without reading it. */
export interface CountedTensor {
  readonly name: string;
  readonly dtype: string;
  readonly elements: number;
}

/** Weights of the experts among which a router chooses; shared experts always run. */
const EXPERT =
  /(?:\.experts\.|\.experts$|ffn_(?:gate|up|down|gate_up)_exps\.|block_sparse_moe\.(?:input|output)_linear\.)/;
const MXFP4_BLOCKS = /_blocks$/;
const MXFP4_SCALES = /_scales$/;
/** Numbers that are no parameters: masks, position tables, counters. */
const INTEGERS: ReadonlySet<string> = new Set(["I64", "I32", "I16", "U64", "U32", "U16", "BOOL"]);

export interface Counts {
  readonly total: number;
  readonly active: number;
  readonly precision: readonly PrecisionShare[];
}

export function countParameters(tensors: Iterable<CountedTensor>, moe: MoeFacts | null): Counts {
  const shares = new Map<string, { tensors: number; parameters: number }>();
  const all = [...tensors];
  const mxfp4 = all.some(({ name, dtype }) => MXFP4_BLOCKS.test(name) && dtype === "U8");
  let total = 0;
  let experts = 0;
  for (const tensor of all) {
    const { dtype, parameters } = measure(tensor, mxfp4);
    const share = shares.get(dtype) ?? { tensors: 0, parameters: 0 };
    share.tensors += 1;
    share.parameters += parameters;
    shares.set(dtype, share);
    total += parameters;
    if (EXPERT.test(tensor.name)) experts += parameters;
  }
  const active = moe === null ? total : Math.round(total - experts * (1 - moe.expertsPerToken / moe.experts));
  const precision = [...shares].map(([dtype, share]) => ({ dtype, ...share }));
  return { total, active, precision: precision.sort((a, b) => b.parameters - a.parameters) };
}

/** gpt-oss keeps two four-bit values in each byte of its blocks, and their scales apart. */
function measure({ name, dtype, elements }: CountedTensor, mxfp4: boolean): { dtype: string; parameters: number } {
  if (mxfp4 && dtype === "U8" && MXFP4_BLOCKS.test(name)) return { dtype: "MXFP4", parameters: elements * 2 };
  if (mxfp4 && dtype === "U8" && MXFP4_SCALES.test(name)) return { dtype: "MXFP4", parameters: 0 };
  return { dtype, parameters: INTEGERS.has(dtype) ? 0 : elements };
}
