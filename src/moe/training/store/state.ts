/**
 * The state of a training run in one file: step count, trained weights and both moments, in float32. A run that is
 * resumed from it continues as if it had never stopped.
 *
 * A safetensors file with tensors `weights`, `first` and `second`, one float each for every trained element in the order
 * of the layout, and metadata `format`, `step`, `layout`, `run`. It replaces its predecessor in one step, or not at all.
 */
import { createHash } from "node:crypto";
import { writeStreamed } from "../../export/streamedFile.ts";
import { openFile } from "../../formats/byteSource.ts";
import { PlacedTensors } from "../../formats/placedTensors.ts";
import { readSafetensorsHeader } from "../../formats/safetensors/header.ts";
import { layoutSafetensors } from "../../formats/safetensors/writer.ts";
import { trainingError } from "../errors.ts";
import type { ParameterLayout } from "../memory/layout.ts";
import type { Trainer } from "../trainer.ts";
import { reportFullDisk } from "./diskErrors.ts";

const FORMAT = "ai-block-training-state-1";
const NAMES = ["weights", "first", "second"] as const;
const CHUNK_ELEMENTS = 4 * 1024 * 1024;

/**
 * No step may be in flight. Throws `disk_full`; an older file is then as it was.
 * @param run names the run, as `runFingerprint` does; only a run of the same name continues from the file
 */
export async function saveState(trainer: Trainer, path: string, run = ""): Promise<void> {
  const { layout, steps } = trainer;
  const shape = [layout.trainedLength];
  const metadata = new Map([
    ["format", FORMAT],
    ["step", String(steps)],
    ["layout", layoutHash(layout)],
    ["run", run],
  ]);
  const tensors = NAMES.map((name) => ({ name, dtype: "F32" as const, shape }));
  const { header, fileBytes } = layoutSafetensors(tensors, metadata);
  await reportFullDisk(path, () =>
    writeStreamed(path, fileBytes, async (write) => {
      await write(header);
      for (const values of arraysOf(trainer)) {
        for (let at = 0; at < values.length; at += CHUNK_ELEMENTS) {
          // A file is not written from shared memory.
          await write(new Uint8Array(values.slice(at, at + CHUNK_ELEMENTS).buffer));
        }
      }
    }),
  );
}

/**
 * Continues where the file's run was. Throws `state_invalid` for a file of another kind or with NaN, `state_mismatch`
 * for one of another model, mode or run, and the codes of the safetensors reader; the trainer is then as it was.
 */
export async function loadState(trainer: Trainer, path: string, run = "", signal?: AbortSignal): Promise<void> {
  const source = await openFile(path);
  try {
    const { tensors, metadata } = await readSafetensorsHeader(source, signal);
    const step = Number(metadata.get("step"));
    if (metadata.get("format") !== FORMAT || !Number.isSafeInteger(step) || step < 0) {
      throw trainingError("state_invalid", `${path}: expected a training state of this version`, { path });
    }
    const { trainedLength } = trainer.layout;
    const lengths = NAMES.map((name) => tensors.get(name)?.shape[0]);
    if (metadata.get("layout") !== layoutHash(trainer.layout) || lengths.some((length) => length !== trainedLength)) {
      throw trainingError("state_mismatch", `${path}: it belongs to another model or trains other parts`, { path });
    }
    if (metadata.get("run") !== run) {
      const text = `${path}: it belongs to a run with other data, options or weights to start from`;
      throw trainingError("state_mismatch", text, { path });
    }
    const file = new PlacedTensors([{ source, tensors }]);
    const read: Float32Array[] = [];
    for (const name of NAMES) read.push(await readFinite(file, name, path));
    for (const [i, values] of arraysOf(trainer).entries()) values.set(read[i] as Float32Array);
    trainer.steps = step;
  } finally {
    await source.close();
  }
}

async function readFinite(file: PlacedTensors, name: string, path: string): Promise<Float32Array> {
  const bytes = await file.read(name);
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  if (values.every(Number.isFinite)) return values;
  throw trainingError("state_invalid", `${path}: ${name}: expected finite values`, { path });
}

function arraysOf({ memory }: Trainer): Float32Array[] {
  return [memory.trained, memory.first, memory.second];
}

/** Names which parts are trained, and their shapes. */
function layoutHash({ parameters }: ParameterLayout): string {
  const trained = parameters.filter((parameter) => parameter.trained);
  const rows = trained.map(({ slot, part, shape, offset }) => [slot, part, shape, offset]);
  return createHash("sha256").update(JSON.stringify(rows)).digest("hex");
}
