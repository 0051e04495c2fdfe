/** Prints an answer as it comes. A terminal gets no control characters: the model's text must not move its cursor. */
import type { Output } from "../framework/output.ts";

export class AnswerPrinter {
  readonly #out: Output;
  #last = "";

  constructor(out: Output) {
    this.#out = out;
  }

  /** Resolves when there is room for more. */
  async print(text: string): Promise<void> {
    if (text === "" || this.#out.closed) return;
    this.#last = text;
    this.#out.stream.write(this.#out.stream.isTTY ? harmless(text) : text);
    await this.#out.ready();
  }

  /** Ends the line, unless the answer has. */
  endLine(): void {
    if (!this.#last.endsWith("\n")) this.#out.line("");
  }
}

/** Line breaks and tabs stay. */
function harmless(text: string): string {
  return text.replaceAll(/(?![\n\t])[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, "\ufffd");
}
