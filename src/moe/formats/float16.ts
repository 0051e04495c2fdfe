/**
 * Half precision (F16, IEEE binary16) and bfloat16 (BF16, the upper half of a float32), to and from float32.
 *
 * Conversion to float32 is exact. Conversion from float32 rounds to nearest, ties to even, as hardware does.
 * `Float16Array` is not there on every Node this runs on, and was no faster (4 M values: 28 ms, the table 23 ms).
 */

let halfTable: Float32Array | undefined;

/** float32 of all 65,536 halves: 256 KiB, built at first use. */
export function halfToFloatTable(): Float32Array {
  if (halfTable !== undefined) return halfTable;
  const table = new Float32Array(65_536);
  for (let half = 0; half < 65_536; half++) table[half] = halfValue(half);
  halfTable = table;
  return table;
}

function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export function halvesToFloats(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const table = halfToFloatTable();
  const out = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) out[i] = table[halves[i]!]!;
  return out;
}

export function bfloatsToFloats(bfloats: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(bfloats.length);
  for (let i = 0; i < bfloats.length; i++) bits[i] = bfloats[i]! << 16;
  return new Float32Array(bits.buffer);
}

const oneFloat = new Float32Array(1);
const oneFloatBits = new Uint32Array(oneFloat.buffer);

/** The bits of the half nearest to `value`; beyond 65,520 it is infinity. */
export function toHalfBits(value: number): number {
  oneFloat[0] = value;
  return halfBits(oneFloatBits[0]!);
}

function halfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // not a number
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65,520 and above round to infinity
  if (magnitude >= 0x38800000) {
    // Normal: rebias the exponent by 127 - 15 = 112, drop 13 bits of fraction, ties to even.
    const odd = (magnitude >>> 13) & 1;
    return sign | ((magnitude - (112 << 23) + 0xfff + odd) >>> 13);
  }
  if (magnitude < 0x33000000) return sign; // at most 2^-25: a tie with zero, which is even, or below
  // Subnormal: the fraction with its hidden bit, shifted to units of 2^-24.
  const shift = 126 - (magnitude >>> 23);
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const kept = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
}

export function floatsToHalves(floats: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const out = new Uint16Array(floats.length);
  for (let i = 0; i < bits.length; i++) out[i] = halfBits(bits[i]!);
  return out;
}

export function floatsToBfloats(floats: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const out = new Uint16Array(floats.length);
  for (let i = 0; i < bits.length; i++) {
    const value = bits[i]!;
    const isNan = (value & 0x7fffffff) > 0x7f800000;
    // A NaN must stay one: rounding could carry its fraction to zero, which is infinity.
    out[i] = isNan ? (value >>> 16) | 0x40 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
  return out;
}
