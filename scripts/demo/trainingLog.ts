/** The log of a training run: one JSON line for every update on disk, one line for people every few seconds. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import type { StepReport } from "../../src/moe/training/trainer.ts";

const SHOW_EVERY_MS = 10_000;
/** The copy beside the model has every so many updates. */
const KEEP_EVERY_STEPS = 10;

interface Line {
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
  readonly auxiliaryLoss: number;
  readonly positions: number;
}

export class TrainingLog {
  readonly #path: string;
  readonly #steps: number;
  readonly #startedMs = performance.now();
  #shownMs = 0;
  #positions = 0;
  #firstStep: number | undefined;

  constructor(path: string, steps: number) {
    this.#path = path;
    this.#steps = steps;
  }

  add({ step, loss, learningRate, gradientNorm, auxiliaryLoss, positions }: StepReport): void {
    if (this.#firstStep === undefined) {
      // What an interrupted run had computed after its last saved state is computed again.
      this.#firstStep = step;
      const before = this.#lines().filter((line) => line.step < step);
      writeFileSync(this.#path, before.map((line) => `${JSON.stringify(line)}\n`).join(""));
    }
    const line: Line = { step, loss, learningRate, gradientNorm, auxiliaryLoss, positions };
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
    this.#positions += positions;
    const now = performance.now();
    if (now - this.#shownMs < SHOW_EVERY_MS && step !== this.#steps) return;
    this.#shownMs = now;
    const seconds = (now - this.#startedMs) / 1000;
    const left = ((this.#steps - step) * seconds) / (step - this.#firstStep + 1);
    const rate = Math.round(this.#positions / seconds);
    console.error(
      `step ${step} of ${this.#steps}, loss ${loss.toFixed(4)}, ${rate} tokens/s, ${Math.ceil(left / 60)} min left`,
    );
  }

  /** Writes every tenth line beside the model. */
  save(path: string): void {
    const kept = this.#lines().filter(({ step }) => step % KEEP_EVERY_STEPS === 0 || step === this.#steps);
    writeFileSync(path, kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }

  #lines(): Line[] {
    if (!existsSync(this.#path)) return [];
    const text = readFileSync(this.#path, "utf8");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Line);
  }
}
