/**
 * The three ways to train together without sharing data, and what each adds to the gradient of a local step.
 *
 *   FedAvg    g                       McMahan et al. 2017, https://arxiv.org/abs/1602.05629, algorithm 1
 *   FedProx   g + mu (w - x)          Li et al. 2020, https://arxiv.org/abs/1812.06127, algorithm 2
 *   SCAFFOLD  g + c - c_i             Karimireddy et al. 2020, https://arxiv.org/abs/1910.06378, algorithm 1
 *
 * w are the local weights, x those that the round began with; c and c_i are control variates: estimates of the gradient
 * over everybody's data and over the worker's own.
 */
import { expectThat } from "../errors.ts";
import { combine, type TensorSet } from "./tensorSet.ts";

export type FederatedMethod =
  | { readonly kind: "fedavg" }
  /** `mu`: how strongly local weights are drawn to those of the round. */
  | { readonly kind: "fedprox"; readonly mu: number }
  | { readonly kind: "scaffold" };

/** What a local step adds to its gradient: mu (w - centre) + addend. */
export interface GradientCorrection {
  readonly mu: number;
  readonly centre: TensorSet;
  /** Absent: 0. */
  readonly addend: TensorSet | undefined;
}

const MAX_MU = 1e6;

/** Throws `distributed_option_invalid`. */
export function checkMethod(method: FederatedMethod): void {
  const known = method.kind === "fedavg" || method.kind === "fedprox" || method.kind === "scaffold";
  expectThat(known, "distributed_option_invalid", "method", "fedavg, fedprox or scaffold", method.kind);
  if (method.kind !== "fedprox") return;
  const { mu } = method;
  expectThat(mu >= 0 && mu <= MAX_MU, "distributed_option_invalid", "method.mu", `0 to ${MAX_MU}`, mu);
}

/**
 * @param centre weights that the round began with
 * @param control c, and @param ownControl c_i; used by SCAFFOLD only
 */
export function correctionOf(
  method: FederatedMethod,
  centre: TensorSet,
  control: TensorSet | undefined,
  ownControl: TensorSet | undefined,
): GradientCorrection | undefined {
  switch (method.kind) {
    case "fedavg":
      return undefined;
    case "fedprox":
      return { mu: method.mu, centre, addend: undefined };
    case "scaffold":
      if (control === undefined || ownControl === undefined) return undefined;
      return { mu: 0, centre, addend: combine(control, ownControl, (all, own) => all - own) };
  }
}
