/** From parts back to the tensors of a checkpoint: the inverse of `model/arrange.ts`. */
import type { StoredPart } from "../../model/slotTable.ts";
import type { ModelSpec } from "../../model/spec.ts";
import { trainingError } from "../errors.ts";

/** The values of each of `stored.tensors`, in order, from those of a part that `checkStorable` accepts. */
export function storedValues(spec: ModelSpec, stored: StoredPart, values: Float32Array): Float32Array[] {
  const { arrangement, tensors, part } = stored;
  const [outputs = 1, inputs = 1] = part.shape;
  switch (arrangement) {
    case "rows": {
      let at = 0;
      return tensors.map(({ shape }) => {
        const length = shape.reduce((count, size) => count * size, 1);
        at += length;
        return values.subarray(at - length, at);
      });
    }
    case "transposed":
      return [transpose(values, outputs, inputs)];
    case "interleaved":
      return [interleave(values, outputs)];
    case "transposed-interleaved":
      return [transpose(interleave(values, outputs), outputs, inputs)];
    case "paired-query":
    case "paired-key":
      return [pairRows(values, headDim(spec), part.shape.length === 1 ? 1 : inputs)];
    default:
      throw new TypeError(`stored values: ${arrangement} has no inverse here`);
  }
}

/** Arrangements without an exact inverse: four-bit blocks, and tensors that hold one part in pieces of several forms. */
const WITHOUT_INVERSE: ReadonlySet<StoredPart["arrangement"]> = new Set([
  "mxfp4",
  "mxfp4-interleaved",
  "latent-halves",
]);

/** Throws `arrangement_unsupported` when the part could not be written after training. */
export function checkStorable({ arrangement, tensors, part }: StoredPart): void {
  if (!WITHOUT_INVERSE.has(arrangement)) return;
  const name = tensors[0]?.name ?? part.name;
  const text = `${name}: it is stored as ${arrangement}, and trained values cannot be written that way`;
  throw trainingError("arrangement_unsupported", text, { tensor: name, arrangement });
}

/** [rows, columns] to [columns, rows]. */
function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      out[column * rows + row] = values[row * columns + column] as number;
    }
  }
  return out;
}

/** All rows of gate, then all of up, to gate 0, up 0, gate 1, … */
function interleave(values: Float32Array, rows: number): Float32Array {
  return moveRows(values, values.length / rows, (row) => (row >> 1) + (row % 2 === 0 ? 0 : rows / 2));
}

/** Within each head: rows i and i + headDim/2 to stored rows 2i and 2i + 1. */
function pairRows(values: Float32Array, rowsPerHead: number, width: number): Float32Array {
  return moveRows(values, width, (row) => {
    const inHead = row % rowsPerHead;
    return row - inHead + (inHead >> 1) + (inHead % 2 === 0 ? 0 : rowsPerHead / 2);
  });
}

/** Row r of the result is row `from(r)` of the values. */
function moveRows(values: Float32Array, width: number, from: (row: number) => number): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row * width < values.length; row++) {
    const start = from(row) * width;
    out.set(values.subarray(start, start + width), row * width);
  }
  return out;
}

function headDim(spec: ModelSpec): number {
  return spec.attention.kind === "heads" ? spec.attention.headDim : 1;
}
