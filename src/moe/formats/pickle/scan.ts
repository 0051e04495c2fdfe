/**
 * Looks through a pickle of unknown origin without building anything: which names (modules and classes) it would import.
 * For identification, and to say what a refused file contains.
 *
 * A name is either one opcode's argument or the two texts on top of the stack. The texts are followed through the memo,
 * nothing else of the stack is. What joblib writes has raw arrays between opcodes: the scan ends there.
 */
import { errorCode } from "../../../core/errors.ts";
import { type Instruction, OpcodeReader } from "./opcodeReader.ts";

const MAX_GLOBALS = 1000;
const MAX_MEMO = 100_000;
const MAX_FACTS = 1000;
const PROTO_BYTE = 0x80;

export interface PickleScan {
  /** 0 if the stream does not say. */
  readonly protocol: number;
  /** "module name", each once, in order of appearance. */
  readonly globals: readonly string[];
  /** Integers that follow a text directly, as attributes do: ("n_features_in_", 30). The first of each. */
  readonly integers: ReadonlyMap<string, number>;
  /** Whether the scan reached the end of the stream. */
  readonly complete: boolean;
  readonly opcodes: number;
}

/** Never throws for what the bytes hold: a damaged stream gives what was found before the damage. */
export function scanPickle(bytes: Uint8Array): PickleScan {
  const scanner = new Scanner();
  const reader = new OpcodeReader(bytes);
  try {
    for (;;) {
      const instruction = reader.next();
      if (instruction.name !== "STOP") scanner.step(instruction);
      // Older PyTorch files are several pickles in a row, followed by raw data.
      else if (bytes[reader.position] !== PROTO_BYTE) return scanner.result(true);
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === "pickle_invalid" || code === "pickle_limit") return scanner.result(false);
    throw error;
  }
}

class Scanner {
  readonly #globals = new Set<string>();
  readonly #integers = new Map<string, number>();
  readonly #memo = new Map<number, string>();
  /** The last two texts that were pushed. */
  #texts: [string, string] = ["", ""];
  /** The text that the last opcode pushed, if it did. */
  #top: string | undefined;
  #protocol = 0;
  #opcodes = 0;
  #memoized = 0;

  result(complete: boolean): PickleScan {
    return {
      protocol: this.#protocol,
      globals: [...this.#globals],
      integers: this.#integers,
      complete,
      opcodes: this.#opcodes,
    };
  }

  step({ name, argument }: Instruction): void {
    this.#opcodes += 1;
    if (name === "PROTO") this.#protocol = argument as number;
    else if (name === "FRAME") return;
    else if (name === "MEMOIZE") this.#remember(this.#memoized);
    else if (name === "BINPUT" || name === "LONG_BINPUT") this.#remember(argument as number);
    else if (name === "PUT") this.#remember(Number(argument));
    else {
      if (name === "GLOBAL" || name === "INST") this.#add(argument as string);
      if (name === "STACK_GLOBAL") this.#add(this.#texts.join(" "));
      if (typeof argument === "number" && name.startsWith("BININT")) this.#fact(argument);
      this.#push(this.#textOf(name, argument));
    }
  }

  #textOf(name: string, argument: Instruction["argument"]): string | undefined {
    if (name === "BINGET" || name === "LONG_BINGET") return this.#memo.get(argument as number);
    if (name === "GET") return this.#memo.get(Number(argument));
    if (typeof argument === "string" && name.includes("UNICODE")) return argument;
    if (argument instanceof Uint8Array && name.includes("STRING")) return Buffer.from(argument).toString("latin1");
    return undefined;
  }

  #push(text: string | undefined): void {
    this.#top = text;
    if (text !== undefined) this.#texts = [this.#texts[1], text];
  }

  #remember(index: number): void {
    this.#memoized += 1;
    if (this.#top !== undefined && this.#memo.size < MAX_MEMO) this.#memo.set(index, this.#top);
  }

  #add(name: string): void {
    if (this.#globals.size < MAX_GLOBALS) this.#globals.add(name.slice(0, 200));
  }

  #fact(value: number): void {
    const key = this.#top;
    if (key === undefined || this.#integers.has(key) || this.#integers.size >= MAX_FACTS) return;
    this.#integers.set(key.slice(0, 200), value);
  }
}
