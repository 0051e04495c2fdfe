/**
 * The file of `--trace`: one JSON object, written position by position, so that its size does not matter. It appears
 * under its name when it is complete and safely on disk; otherwise nothing is left behind.
 *
 * Numbers have nine significant digits: enough to give the same float32 again.
 */
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import * as z from "zod";
import { excerpt, utf8 } from "../../core/bytes.ts";
import { syncFolder, temporaryPath, writeFully } from "../../core/durableFile.ts";
import type { LayerRouting } from "../../moe/engine/engine.ts";
import { modelJson, settingsJson } from "../engine/engineJson.ts";
import { countJson } from "../framework/json.ts";
import { usageError } from "../framework/usageError.ts";

const vectorJson = z.array(z.number());

const positionJson = z.strictObject({
  position: countJson,
  id: countJson,
  embedding: vectorJson.nullable().meta({
    description: "[hiddenSize] what goes into the first layer; with --layers from 0 on null",
  }),
  hidden: z.array(vectorJson).meta({
    description:
      "[layers][hiddenSize] residual stream after each layer, before the final norm; with --layers only after the last one",
  }),
  routing: z.array(z.strictObject({ layer: countJson, experts: z.array(countJson), weights: vectorJson })).meta({
    description: "each layer with experts: those chosen, best first, and what their outputs are multiplied by",
  }),
  logits: vectorJson.nullable().meta({ description: "[vocabSize]; null without the last layer" }),
});

export const traceJson = z.strictObject({
  model: modelJson,
  settings: settingsJson,
  promptIds: z.array(countJson),
  generatedIds: z.array(countJson).meta({ description: "the last of them was not fed any more" }),
  positions: z.array(positionJson).meta({ description: "every fed position, in order" }),
});

export interface TracedPosition {
  readonly position: number;
  readonly id: number;
  readonly embedding: Float32Array | null;
  readonly hidden: readonly Float32Array[];
  readonly routing: readonly LayerRouting[];
  readonly logits: Float32Array | undefined;
}

type Frame = Omit<z.infer<typeof traceJson>, "positions">;

export class TraceFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  #positions = 0;
  #closed = false;

  private constructor(path: string, temporary: string, handle: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#handle = handle;
  }

  /** Throws `usage` for a folder, and the codes of the file system. */
  static async create(file: string): Promise<TraceFile> {
    const path = resolve(file);
    // Renaming onto a folder fails, but only when everything has been computed.
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory()) throw usageError(`--trace: expected a file, got the folder ${excerpt(file, 4096)}`);
    const temporary = temporaryPath(dirname(path));
    return new TraceFile(path, temporary, await open(temporary, "wx", 0o644));
  }

  async add({ position, id, embedding, hidden, routing, logits }: TracedPosition): Promise<void> {
    const layers = routing.map(
      ({ layer, experts, weights }) =>
        `{"layer":${layer},"experts":[${experts.join()}],"weights":${vector(Float32Array.from(weights))}}`,
    );
    const parts = [
      `"position":${position},"id":${id},"embedding":${embedding === null ? "null" : vector(embedding)}`,
      `"hidden":[${hidden.map(vector).join()}]`,
      `"routing":[${layers.join()}]`,
      `"logits":${logits === undefined ? "null" : vector(logits)}`,
    ];
    await this.#write(`${this.#positions++ === 0 ? '{"positions":[\n' : ",\n"}{${parts.join()}}`);
  }

  /** Completes the file and puts it in its place. */
  async finish(frame: Frame): Promise<void> {
    const rest = Object.entries(frame).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
    await this.#write(`${this.#positions === 0 ? '{"positions":[' : ""}\n],\n${rest.join(",\n")}}\n`);
    await this.#handle.sync();
    this.#closed = true;
    await this.#handle.close();
    await rename(this.#temporary, this.#path);
    await syncFolder(dirname(this.#path));
  }

  /** Removes what is not complete. May be called twice, and after `finish`. */
  async close(): Promise<void> {
    if (!this.#closed) await this.#handle.close();
    this.#closed = true;
    await rm(this.#temporary, { force: true });
  }

  #write(text: string): Promise<void> {
    return writeFully(this.#handle, utf8(text));
  }
}

function vector(values: Float32Array): string {
  const texts = new Array<string>(values.length);
  for (let i = 0; i < values.length; i++) texts[i] = String(Number((values[i] as number).toPrecision(9)));
  return `[${texts.join()}]`;
}
