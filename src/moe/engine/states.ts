/**
 * Which states of the model are in memory. New work runs on the newest one; a state goes when nothing runs on it any
 * more and a newer one has come.
 */
import type { SlotSource } from "../slotSource.ts";
import type { ModelState, ModelStates } from "./modelState.ts";

export interface StateHandle {
  readonly state: ModelState;
  /** Number of its source, as the caller knows it. */
  readonly number: number;
  /** May be called twice. */
  release(): void;
}

interface Held {
  readonly number: number;
  readonly state: ModelState;
  users: number;
}

export class States {
  readonly #loader: ModelStates;
  readonly #layers: readonly [first: number, last: number];
  readonly #onReleased: (number: number) => void;
  readonly #held = new Set<Held>();
  #current: Held | undefined;

  constructor(loader: ModelStates, layers: readonly [number, number], onReleased: (number: number) => void) {
    this.#loader = loader;
    this.#layers = layers;
    this.#onReleased = onReleased;
  }

  get currentNumber(): number | undefined {
    return this.#current?.number;
  }

  /** Loads a state and makes it the one for new work. On an error the old one stays. */
  async use(number: number, source: SlotSource, signal?: AbortSignal): Promise<void> {
    const held = await this.#load(number, source, this.#layers, signal);
    const old = this.#current;
    this.#current = held;
    if (old !== undefined) this.#drop(old);
  }

  /** The newest state, kept in memory until the handle is released. */
  pin(): StateHandle {
    if (this.#current === undefined) throw new TypeError("no state has been loaded");
    this.#current.users++;
    return this.#handle(this.#current);
  }

  /** A state for a single use, for example a candidate; it shares whatever it has in common with others. */
  async borrow(number: number, source: SlotSource, firstLayer: number, signal?: AbortSignal): Promise<StateHandle> {
    return this.#handle(await this.#load(number, source, [firstLayer, this.#layers[1]], signal));
  }

  close(): void {
    if (this.#current !== undefined) this.#drop(this.#current);
    this.#current = undefined;
  }

  async #load(
    number: number,
    source: SlotSource,
    [first, last]: readonly [number, number],
    signal?: AbortSignal,
  ): Promise<Held> {
    const held = { number, state: await this.#loader.load(source, first, last, signal), users: 1 };
    this.#held.add(held);
    return held;
  }

  #handle(held: Held): StateHandle {
    let released = false;
    return {
      state: held.state,
      number: held.number,
      release: () => {
        if (released) return;
        released = true;
        this.#drop(held);
      },
    };
  }

  #drop(held: Held): void {
    held.users--;
    if (held.users > 0 || !this.#held.delete(held)) return;
    this.#loader.release(held.state);
    this.#onReleased(held.number);
  }
}
