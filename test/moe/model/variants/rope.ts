/** Rotary frequencies and rotations from their formulas, in float64. */
import type { RopeSettings } from "./settings.ts";

export interface Turns {
  /** Angle per position of each pair. */
  readonly inverse: readonly number[];
  readonly scale: number;
}

export function turns(rope: RopeSettings, theta: number, dim: number, length: number, maxPositions: number): Turns {
  const { type, factor = 1, original = maxPositions } = rope;
  const pairs = Array.from({ length: dim / 2 }, (_, i) => i);
  const plain = pairs.map((i) => theta ** (-(2 * i) / dim));
  switch (type) {
    case "default":
    case "dynamic":
      return { inverse: plain, scale: 1 };
    case "linear":
      return { inverse: plain.map((f) => f / factor), scale: 1 };
    case "proportional": {
      const turning = Math.floor(((rope.share ?? 1) * dim) / 2);
      return { inverse: plain.map((f, i) => (i < turning ? f / factor : 0)), scale: 1 };
    }
    case "llama3": {
      const { low = 1, high = 4 } = rope;
      const inverse = plain.map((f) => {
        const wave = (2 * Math.PI) / f;
        if (wave < original / high) return f;
        if (wave > original / low) return f / factor;
        const smooth = (original / wave - low) / (high - low);
        return ((1 - smooth) * f) / factor + smooth * f;
      });
      return { inverse, scale: 1 };
    }
    case "yarn": {
      const place = (rotations: number): number =>
        (dim * Math.log(original / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
      const cut = rope.truncate ?? true;
      const low = Math.max(cut ? Math.floor(place(32)) : place(32), 0);
      const high = Math.min(cut ? Math.ceil(place(1)) : place(1), dim - 1);
      const inverse = plain.map((f, i) => {
        const ramp = Math.min(1, Math.max(0, (i - low) / (high === low ? 0.001 : high - low)));
        return (f / factor) * ramp + f * (1 - ramp);
      });
      return { inverse, scale: rope.attentionFactor ?? 0.1 * Math.log(factor) + 1 };
    }
    case "longrope": {
      const factors = (length > original ? rope.long : rope.short) ?? [];
      const ratio = maxPositions / original;
      const scale = rope.attentionFactor ?? Math.sqrt(1 + Math.log(ratio) / Math.log(original));
      return { inverse: plain.map((f, i) => f / (factors[i] as number)), scale };
    }
  }
}

/** `x` turned for one position: pairs (2i, 2i + 1), or (i, i + half). */
export function turned(x: readonly number[], { inverse, scale }: Turns, position: number, pairs: boolean): number[] {
  const out = new Array<number>(x.length);
  const half = inverse.length;
  for (const [i, frequency] of inverse.entries()) {
    const [a, b] = pairs ? [2 * i, 2 * i + 1] : [i, i + half];
    const cos = Math.cos(position * frequency) * scale;
    const sin = Math.sin(position * frequency) * scale;
    out[a] = (x[a] as number) * cos - (x[b] as number) * sin;
    out[b] = (x[b] as number) * cos + (x[a] as number) * sin;
  }
  return out;
}
