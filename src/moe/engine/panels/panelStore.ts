/** The panels of one thread's slots, read from prepared files into memory. */
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { AiBlockError } from "../../../core/errors.ts";
import type { StoredMatrix, StoredPanels } from "../preparedFile.ts";
import { panelBytes } from "./packPanels.ts";
import { PanelMemory, type PanelPlace } from "./panelMemory.ts";
import { PanelProduct } from "./panelProduct.ts";

interface Held {
  readonly products: ReadonlyMap<string, PanelProduct>;
  readonly places: readonly PanelPlace[];
}

export class PanelStore {
  readonly #folder: string | undefined;
  readonly #memory = new PanelMemory();
  readonly #slots = new Map<number, Held>();

  /** @param folder where prepared files lie */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /**
   * Products with all of a slot's matrices; read at the first call. Blocks this thread.
   * Throws `prepared_file_damaged`, `engine_out_of_memory`, and Node's errors.
   */
  load(slot: number, matrices: ReadonlyMap<string, StoredMatrix>): ReadonlyMap<string, PanelProduct> {
    const known = this.#slots.get(slot);
    if (known !== undefined) return known.products;
    const products = new Map<string, PanelProduct>();
    const places: PanelPlace[] = [];
    try {
      for (const [name, matrix] of matrices) {
        if (!("panels" in matrix)) throw new TypeError(`matrix ${name} has no panels`);
        const bytes = panelBytes(matrix);
        const place = this.#memory.take(bytes.data + bytes.scales);
        places.push(place);
        this.#read(matrix, place);
        products.set(name, new PanelProduct(matrix, place));
      }
    } catch (error) {
      for (const place of places) this.#memory.give(place);
      throw error;
    }
    this.#slots.set(slot, { products, places });
    return products;
  }

  release(slot: number): void {
    for (const place of this.#slots.get(slot)?.places ?? []) this.#memory.give(place);
    this.#slots.delete(slot);
  }

  close(): void {
    for (const slot of [...this.#slots.keys()]) this.release(slot);
  }

  #read(matrix: StoredPanels, { arena, address }: PanelPlace): void {
    const bytes = panelBytes(matrix);
    const file = openSync(join(this.#folder ?? "", matrix.data.file), "r");
    try {
      const { data, scales } = matrix;
      const whole =
        data.byteLength === bytes.data &&
        scales.byteLength === bytes.scales &&
        arena.readFile(file, data.byteOffset, bytes.data, address) &&
        arena.readFile(file, scales.byteOffset, bytes.scales, address + bytes.data);
      if (whole) return;
      throw new AiBlockError("prepared_file_damaged", `${data.file}: expected a whole prepared file`, {
        name: data.file,
      });
    } finally {
      closeSync(file);
    }
  }
}
