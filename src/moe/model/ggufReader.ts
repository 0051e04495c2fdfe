/** Values of a GGUF file under its architecture's prefix, and what its tensors tell beside them. */
import { readFloat32 } from "../formats/float32.ts";
import type { GgufMetadata } from "../formats/gguf/values.ts";
import type { TensorSource } from "../tensor.ts";
import { configError } from "./errors.ts";

export class GgufReader {
  readonly architecture: string;
  readonly source: TensorSource;
  readonly #metadata: GgufMetadata;

  constructor(metadata: GgufMetadata, architecture: string, source: TensorSource) {
    this.#metadata = metadata;
    this.architecture = architecture;
    this.source = source;
  }

  /** The full name of `key`. */
  field(key: string): string {
    return `${this.architecture}.${key}`;
  }

  has(key: string): boolean {
    return this.#metadata.has(this.field(key));
  }

  /**
   * A size or count. Some files list it layer by layer: one value for all layers is taken from such a list.
   * Throws `config_unsupported` for layers that differ, `gguf_metadata_invalid` for what is no whole number.
   */
  natural(key: string): number | undefined {
    const field = this.field(key);
    if (this.#metadata.entries.get(field)?.type !== "array") return this.#metadata.natural(field);
    const values = new Set(this.#metadata.numbers(field));
    const [value] = values;
    if (values.size === 1 && Number.isSafeInteger(value) && value! >= 0) return value;
    throw configError("config_unsupported", field, "one value for all layers", [...values].slice(0, 8));
  }

  number(key: string): number | undefined {
    return this.#metadata.number(this.field(key));
  }

  /** One or more numbers; booleans of a list count as 0 and 1. */
  numbers(key: string): readonly number[] | undefined {
    const field = this.field(key);
    if (this.#metadata.entries.get(field)?.type === "array") return this.#metadata.numbers(field);
    const value = this.#metadata.number(field);
    return value === undefined ? undefined : [value];
  }

  text(key: string): string | undefined {
    return this.#metadata.string(this.field(key));
  }

  boolean(key: string): boolean | undefined {
    return this.#metadata.boolean(this.field(key));
  }

  /** A dimension of the first tensor whose name ends like this; counted from the innermost one. */
  dimension(suffix: string, fromInnermost: number): number | undefined {
    for (const [name, { shape }] of this.source.tensors) if (name.endsWith(suffix)) return shape.at(-1 - fromInnermost);
    return undefined;
  }

  hasTensor(suffix: string): boolean {
    return this.dimension(suffix, 0) !== undefined;
  }

  async floats(name: string): Promise<number[] | undefined> {
    return this.source.tensors.has(name) ? [...(await readFloat32(this.source, name))] : undefined;
  }
}

/** Without the keys that have no value: those take the parser's defaults. */
export function defined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
