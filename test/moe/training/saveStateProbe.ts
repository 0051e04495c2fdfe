/** Saves the state of a new trainer at the path given, in a process whose limits the caller sets; prints an error's code. */
import { saveState } from "../../../src/moe/training/store/state.ts";
import { createTrainer } from "../../../src/moe/training/trainer.ts";
import { tinyModel } from "./tinyModel.ts";

// A write over the limit then fails with EFBIG instead of ending the process.
process.on("SIGXFSZ", () => {});
const trainer = await createTrainer({ source: tinyModel(), threads: 1 });
try {
  await saveState(trainer, process.argv[2] as string);
} catch (error) {
  console.log((error as { code?: unknown }).code);
} finally {
  await trainer.close();
}
