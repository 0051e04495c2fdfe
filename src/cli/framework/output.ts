/**
 * Where results go: stdout, and nothing but results. A reader that goes away (`| head`) is no error: what is written
 * afterwards is dropped, and a command that only prints looks at `closed` and stops.
 */
import { AiBlockError, errorCode, errorMessage } from "../../core/errors.ts";

export class Output {
  readonly stream: NodeJS.WriteStream;
  #closed = false;
  #failure: Error | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
    stream.on("error", (error) => {
      this.#closed = true;
      if (errorCode(error) !== "EPIPE") this.#failure = error;
    });
  }

  /** Whether nobody reads any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** One line. */
  line(text: string): void {
    if (!this.#closed) this.stream.write(`${text}\n`);
  }

  /** One JSON value, readable and complete. */
  json(value: unknown): void {
    this.line(JSON.stringify(value, null, 2));
  }

  /** Resolves when the reader has room for more. */
  async ready(): Promise<void> {
    while (!this.#closed && this.stream.writableNeedDrain) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          this.stream.off("drain", done);
          this.stream.off("error", done);
          resolve();
        };
        this.stream.on("drain", done);
        this.stream.on("error", done);
      });
    }
  }

  /** Resolves when everything is written. Throws what went wrong on the way, with its code. */
  async finish(): Promise<void> {
    if (!this.#closed) await new Promise<void>((resolve) => this.stream.write("", () => resolve()));
    // A failed write tells its callback first and its listeners on the next tick.
    await new Promise(setImmediate);
    if (this.#failure === undefined) return;
    const code = errorCode(this.#failure) ?? "output_failed";
    throw new AiBlockError(code, `stdout: the result cannot be written (${errorMessage(this.#failure)})`);
  }
}
