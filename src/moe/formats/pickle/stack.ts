/** The stack and memo of the symbolic pickle reader. Using them wrongly throws `pickle_invalid`. */
import { formatError } from "../errors.ts";
import type { PickleValue } from "./values.ts";

const MARK = Symbol("mark");

export class PickleStack {
  readonly #items: (PickleValue | typeof MARK)[] = [];
  readonly #memo = new Map<number, PickleValue>();

  get size(): number {
    return this.#items.length;
  }

  mark(): void {
    this.#items.push(MARK);
  }

  push(value: PickleValue): void {
    this.#items.push(value);
  }

  top(): PickleValue {
    const value = this.#items.at(-1);
    if (value === undefined || value === MARK) throw pickleInvalid("the stack is empty");
    return value;
  }

  pop(): PickleValue {
    const value = this.top();
    this.#items.pop();
    return value;
  }

  /** The last `count` values, in the order in which they were pushed. */
  popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  /** The values above the last mark; the mark goes too. */
  popToMark(): PickleValue[] {
    const at = this.#items.lastIndexOf(MARK);
    if (at < 0) throw pickleInvalid("no mark on the stack");
    const values = this.#items.slice(at + 1) as PickleValue[];
    this.#items.length = at;
    return values;
  }

  /** Remembers the top of the stack under `index`, by default the next free one. */
  put(index = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  get(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw pickleInvalid(`memo ${index} is empty`);
    this.push(value);
  }
}

export function pickleInvalid(reason: string): Error {
  return formatError("pickle_invalid", `pickle: ${reason}`);
}
