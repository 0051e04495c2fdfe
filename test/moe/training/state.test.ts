import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { AiBlockError } from "../../../src/core/errors.ts";
import { packedBatches } from "../../../src/moe/training/batch/packedBatches.ts";
import { runFingerprint } from "../../../src/moe/training/store/runFingerprint.ts";
import { loadState, saveState } from "../../../src/moe/training/store/state.ts";
import { createTrainer, type Trainer, type TrainerOptions } from "../../../src/moe/training/trainer.ts";
import { runTraining } from "../../../src/moe/training/trainingRun.ts";
import { randomTokens, tinyModel } from "./tinyModel.ts";

const source = tinyModel();
const documents = randomTokens([30, 25, 44, 31, 28, 50], 8).map((tokens) => ({ tokens }));
const series = packedBatches(documents, { length: 10, sequences: 4, seed: 2 });
const schedule = { learningRate: 0.01, warmupSteps: 3, totalSteps: 12 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "training-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function withTrainer<T>(options: Partial<TrainerOptions>, use: (trainer: Trainer) => Promise<T>): Promise<T> {
  const trainer = await createTrainer({ source, threads: 2, schedule, ...options });
  try {
    return await use(trainer);
  } finally {
    await trainer.close();
  }
}

test("a run that was interrupted and resumed has the same losses and weights, bit for bit", async () => {
  const losses: number[] = [];
  const whole = await withTrainer({}, async (trainer) => {
    await runTraining(trainer, { batches: series.batch, steps: 12, onStep: ({ loss }) => losses.push(loss) });
    return trainer.memory.trained.slice();
  });
  const stateFile = join(folder, "run.state");
  const resumed: number[] = [];
  const controller = new AbortController();
  const first = withTrainer({}, (trainer) =>
    runTraining(trainer, {
      batches: series.batch,
      steps: 12,
      stateFile,
      saveEverySteps: 4,
      signal: controller.signal,
      onStep: ({ step, loss }) => {
        resumed.push(loss);
        if (step === 7) controller.abort(new Error("interrupted"));
      },
    }),
  );
  await expect(first).rejects.toThrow("interrupted");
  const end = await withTrainer({}, async (trainer) => {
    const options = { batches: series.batch, steps: 12, stateFile };
    await runTraining(trainer, { ...options, onStep: ({ loss }) => resumed.push(loss) });
    expect(trainer.steps).toBe(12);
    return trainer.memory.trained.slice();
  });
  expect(resumed).toEqual(losses);
  expect(end).toEqual(whole);
  expect(await readdir(folder)).toEqual(["run.state"]);
});

test("when the loss is no longer finite, the last weights with a finite loss are in the trainer and in the file", async () => {
  const stateFile = join(folder, "run.state");
  const batch = series.batch(1);
  await withTrainer({ schedule: { learningRate: 1e-3 } }, async (trainer) => {
    await runTraining(trainer, { batches: series.batch, steps: 4, stateFile, saveEverySteps: 2 });
  });
  const losses: number[] = [];
  const lossOf = async (trainer: Trainer) => (await trainer.loss(batch)).loss;
  const savedStep = await withTrainer({ schedule: { learningRate: 1e20 } }, async (trainer) => {
    const onStep = ({ loss }: { readonly loss: number }) => losses.push(loss);
    // Every step is saved at once: also that of weights that turn out to be bad.
    const run = runTraining(trainer, { batches: () => batch, steps: 10, stateFile, saveEverySteps: 1, onStep });
    const error = await run.catch((reason: unknown) => reason as AiBlockError);
    expect(error).toHaveProperty("code", expect.stringMatching(/^(loss|gradient)_not_finite$/));
    expect(error).toHaveProperty("data", { stateFile, savedStep: trainer.steps });
    expect(Number.isFinite(await lossOf(trainer))).toBe(true);
    return trainer.steps;
  });
  expect(savedStep).toBeGreaterThanOrEqual(4);
  expect(savedStep).toBeLessThan(10);
  await withTrainer({}, async (trainer) => {
    await loadState(trainer, stateFile);
    expect(trainer.steps).toBe(savedStep);
    const loss = await lossOf(trainer);
    expect(Number.isFinite(loss)).toBe(true);
    if (losses.length > savedStep - 4) expect(loss).toBeCloseTo(losses[savedStep - 4] as number, 3);
  });
});

test("a run of another name is not continued, and without a state nothing is said to be saved", async () => {
  const stateFile = join(folder, "run.state");
  const names: string[] = [];
  for (const [seed, rate] of [
    [1, 0.01],
    [2, 0.01],
    [1, 0.02],
  ] as const) {
    await withTrainer({ source: tinyModel({}, seed), schedule: { learningRate: rate } }, async (trainer) => {
      names.push(runFingerprint(trainer, "data"), runFingerprint(trainer, "other data"));
      const options = { batches: series.batch, steps: 2, stateFile, fingerprint: names.at(-2) as string };
      if (names.length === 2) await runTraining(trainer, options);
      else await expect(runTraining(trainer, options)).rejects.toMatchObject({ code: "state_mismatch" });
    });
  }
  expect(new Set(names).size).toBe(6);
  await withTrainer({ schedule: { learningRate: 1e20 } }, async (trainer) => {
    const run = runTraining(trainer, { batches: series.batch, steps: 10, stateFile: join(folder, "none.state") });
    const error = await run.catch((reason: unknown) => reason as AiBlockError);
    expect(error).toHaveProperty("data", {});
    expect(error).not.toHaveProperty("message", expect.stringContaining("none.state"));
  });
});

test("a state of another mode, another model or another kind of file is refused and changes nothing", async () => {
  const path = join(folder, "a.state");
  await withTrainer({}, async (trainer) => {
    await trainer.step(series.batch(1));
    await saveState(trainer, path);
  });
  const refuse = (options: Partial<TrainerOptions>, file: string, code: string) =>
    withTrainer(options, async (trainer) => {
      const before = trainer.memory.trained.slice();
      await expect(loadState(trainer, file)).rejects.toMatchObject({ code });
      expect(trainer.memory.trained).toEqual(before);
      expect(trainer.steps).toBe(0);
    });
  await refuse({ mode: { kind: "all", router: "frozen" } }, path, "state_mismatch");
  await refuse({ source: tinyModel({ hidden_size: 32 }) }, path, "state_mismatch");
  const cut = join(folder, "cut.state");
  await writeFile(cut, (await readFile(path)).subarray(0, -100));
  await refuse({}, cut, "tensor_offsets_invalid");
  const bytes = await readFile(path);
  bytes.writeFloatLE(Number.NaN, bytes.length - 8);
  await writeFile(cut, bytes);
  await refuse({}, cut, "state_invalid");
});

test("where there is no room for the state the error says so, and the older state stays whole", async () => {
  const path = join(folder, "a.state");
  // A limit on file sizes stands for a full disk: both fail in the middle of a write.
  const probe = join(import.meta.dirname, "saveStateProbe.ts");
  const run = async (limit: string) => {
    const command = `ulimit -f ${limit}; exec "$0" "$1" "$2"`;
    const { stdout } = await promisify(execFile)("bash", ["-c", command, process.execPath, probe, path]);
    return stdout.trim();
  };
  expect(await run("unlimited")).toBe("");
  const before = await readFile(path);
  expect(await run("16")).toBe("disk_full");
  expect((await readFile(path)).equals(before)).toBe(true);
  expect(await readdir(folder)).toEqual(["a.state"]);
});
