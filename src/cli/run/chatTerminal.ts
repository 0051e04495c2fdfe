/**
 * The terminal of a chat: one line editor that stays open, so that Ctrl-C reaches us as a key while the model answers,
 * and what is typed meanwhile is kept for the next prompt instead of mixing with the answer.
 */
import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";

const PROMPT = "> ";

/** What the line editor draws on: the terminal, or nothing while an answer is written there. */
class Screen extends Writable {
  readonly #stream: NodeJS.WriteStream;
  muted = true;

  constructor(stream: NodeJS.WriteStream) {
    super();
    this.#stream = stream;
    stream.on("resize", this.#resized);
  }

  /** The line editor breaks lines by it. */
  get columns(): number {
    return this.#stream.columns;
  }

  readonly #resized = (): void => {
    this.emit("resize");
  };

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (!this.muted) this.#stream.write(chunk);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stream.off("resize", this.#resized);
    done(error);
  }
}

export class ChatTerminal {
  readonly #screen: Screen;
  readonly #editor: Interface;
  /** Lines that were typed while nobody waited for one. */
  readonly #lines: string[] = [];
  #ended = false;
  #wake: () => void = () => {};

  /** @param onInterrupt Ctrl-C was pressed */
  constructor(input: NodeJS.ReadStream, output: NodeJS.WriteStream, onInterrupt: () => void) {
    this.#screen = new Screen(output);
    this.#editor = createInterface({ input, output: this.#screen, terminal: true, prompt: PROMPT });
    this.#editor.on("SIGINT", onInterrupt);
    this.#editor.on("line", (line) => {
      this.#screen.muted = true;
      this.#lines.push(line);
      this.#wake();
    });
    this.#editor.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** The next line, or `undefined` at the end of the input. Throws the signal's reason. */
  async readLine(signal: AbortSignal): Promise<string | undefined> {
    const wake = (): void => this.#wake();
    signal.addEventListener("abort", wake);
    try {
      if (this.#lines.length > 0) this.#show(`${PROMPT}${this.#lines[0]}\n`);
      else if (!this.#ended) this.#prompt();
      while (this.#lines.length === 0 && !this.#ended && !signal.aborted) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      signal.throwIfAborted();
      return this.#lines.shift();
    } finally {
      signal.removeEventListener("abort", wake);
      this.#screen.muted = true;
    }
  }

  /** Gives the terminal back. May be called twice. */
  close(): void {
    this.#editor.close();
    this.#screen.destroy();
  }

  /** With what was typed so far. */
  #prompt(): void {
    this.#screen.muted = false;
    this.#editor.prompt(true);
  }

  #show(text: string): void {
    this.#screen.muted = false;
    this.#screen.write(text);
    this.#screen.muted = true;
  }
}
