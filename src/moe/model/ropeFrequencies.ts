/**
 * Angles of rotary positions. Rounded to float32 at the same places as in the reference library: at position 100,000
 * a rounding of the frequency is a visible change of the angle.
 */
import type { RopeScaling, RopeSpec } from "./spec.ts";

export interface RopeFrequencies {
  /** Angle per position, for each of the `dimension / 2` rotated pairs. */
  readonly inverse: Float32Array;
  /** Factor of cosines and sines. */
  readonly scale: number;
}

const round = Math.fround;

/**
 * The frequencies for a sequence of `length` positions. They depend on the length only for LongRoPE: a sequence that
 * grows past `originalPositions` is computed again from its start.
 */
export function ropeFrequencies(rope: RopeSpec, length: number): RopeFrequencies {
  const pairs = rope.dimension / 2;
  const powers = Float32Array.from({ length: pairs }, (_, i) => rope.theta ** round((2 * i) / rope.dimension));
  const plain = powers.map((power) => 1 / power);
  const { scaling } = rope;
  switch (scaling.kind) {
    case "default":
      return { inverse: plain, scale: 1 };
    case "linear":
      return { inverse: plain.map((frequency) => frequency / scaling.factor), scale: 1 };
    case "proportional": {
      const { factor, rotatedPairs } = scaling;
      return { inverse: plain.map((frequency, i) => (i < rotatedPairs ? frequency / factor : 0)), scale: 1 };
    }
    case "llama3":
      return { inverse: plain.map((frequency) => llama3(frequency, scaling)), scale: 1 };
    case "yarn":
      return { inverse: yarn(powers, rope, scaling), scale: scaling.attentionFactor };
    case "longrope": {
      const long = usesLongFactors(rope, length);
      const factors = long ? scaling.longFactors : scaling.shortFactors;
      const inverse = powers.map((power, i) => 1 / round(round(factors[i] as number) * power));
      return { inverse, scale: long ? scaling.longScale : scaling.shortScale };
    }
  }
}

/** Whether a sequence of this length is in LongRoPE's second regime. */
export function usesLongFactors(rope: RopeSpec | undefined, length: number): boolean {
  return rope?.scaling.kind === "longrope" && length > rope.scaling.originalPositions;
}

function llama3(frequency: number, scaling: RopeScaling & { readonly kind: "llama3" }): number {
  const { factor, lowFrequencyFactor, highFrequencyFactor, originalPositions } = scaling;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < originalPositions / highFrequencyFactor) return frequency;
  if (wavelength > originalPositions / lowFrequencyFactor) return frequency / factor;
  const smooth = (originalPositions / wavelength - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}

function yarn(powers: Float32Array, rope: RopeSpec, scaling: RopeScaling & { readonly kind: "yarn" }): Float32Array {
  const { dimension, theta } = rope;
  // The pair that turns so many times within the original length.
  const pairOfTurns = (turns: number): number =>
    (dimension * Math.log(scaling.originalPositions / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [fast, slow] = [pairOfTurns(scaling.betaFast), pairOfTurns(scaling.betaSlow)];
  const low = Math.max(scaling.truncate ? Math.floor(fast) : fast, 0);
  let high = Math.min(scaling.truncate ? Math.ceil(slow) : slow, dimension - 1);
  if (low === high) high += 0.001;
  return powers.map((power, i) => {
    const interpolated = Math.min(Math.max(round((i - low) / (high - low)), 0), 1);
    return interpolated / (scaling.factor * power) + (1 - interpolated) / power;
  });
}

/** Cosines and sines of each position, [positions.length][dimension / 2] each, row-major. */
export function rotations(
  frequencies: RopeFrequencies,
  positions: ArrayLike<number>,
): { readonly cos: Float32Array; readonly sin: Float32Array } {
  const { inverse, scale } = frequencies;
  const cos = new Float32Array(positions.length * inverse.length);
  const sin = new Float32Array(cos.length);
  let at = 0;
  for (let row = 0; row < positions.length; row++) {
    const position = positions[row] as number;
    for (let i = 0; i < inverse.length; i++, at++) {
      const angle = round(position * (inverse[i] as number));
      cos[at] = round(Math.cos(angle)) * scale;
      sin[at] = round(Math.sin(angle)) * scale;
    }
  }
  return { cos, sin };
}
