/** The operators that graphs may use when they are to be differentiated. */
import { AiBlockError } from "../../../core/errors.ts";
import type { GraphNode } from "../../graph/graph.ts";
import type { Operator, OperatorTable } from "./operator.ts";
import { ACTIVATIONS } from "./rules/activations.ts";
import { ARITHMETIC } from "./rules/arithmetic.ts";
import { LAYOUT } from "./rules/layout.ts";
import { NORMALISATION } from "./rules/normalisation.ts";
import { PRODUCTS } from "./rules/products.ts";
import { REDUCTIONS } from "./rules/reductions.ts";
import { SELECTION } from "./rules/selection.ts";

export const OPERATORS: OperatorTable = new Map([
  ...ARITHMETIC,
  ...ACTIVATIONS,
  ...PRODUCTS,
  ...REDUCTIONS,
  ...NORMALISATION,
  ...LAYOUT,
  ...SELECTION,
]);

/** Throws `operator_unknown`. */
export function findOperator(node: GraphNode): Operator {
  const operator = node.domain === "" ? OPERATORS.get(node.op) : undefined;
  if (operator !== undefined) return operator;
  throw new AiBlockError("operator_unknown", `graph: operator ${node.domain}${node.op} has no gradient rule here`, {
    operator: node.op,
  });
}
