/** Memory while reading: below one tensor plus 64 MB, whatever the file's size. Measured in a process of its own. */
import { execFileSync } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { layoutGguf } from "../../../src/moe/formats/gguf/writer.ts";
import { layoutSafetensors } from "../../../src/moe/formats/safetensors/writer.ts";
import { withFolder } from "./temporaryFolder.ts";

const PROBE = fileURLToPath(new URL("memoryProbe.ts", import.meta.url));
const TENSOR_BYTES = 96 * 1024 * 1024;
const SHAPE = [24, 1024, 1024];
const MIB = 1024 * 1024;

/** Files of 6 GB that take no room on the disk: only their headers are written. */
const LAYOUTS = {
  "model.safetensors": () => layoutSafetensors(names().map((name) => ({ name, dtype: "F32", shape: SHAPE }))),
  "model.gguf": () =>
    layoutGguf(
      new Map(),
      names().map((name) => ({ name, dtype: "F32", shape: SHAPE })),
    ),
} as const;

function names(): string[] {
  return Array.from({ length: 64 }, (_, i) => `layer.${i}`);
}

test.each(Object.keys(LAYOUTS) as (keyof typeof LAYOUTS)[])(
  "%s of 6 GB: opening, reading tensors one by one, reading ranges",
  async (name) => {
    await withFolder(async (folder) => {
      const { header, fileBytes } = LAYOUTS[name]();
      const file = await open(join(folder, name), "w");
      await file.write(header);
      await file.truncate(fileBytes);
      await file.close();
      const output = execFileSync(process.execPath, ["--expose-gc", PROBE, join(folder, name)], { encoding: "utf8" });
      const { openedBytes, rangesBytes, peakBytes } = JSON.parse(output) as Record<string, number>;
      expect(openedBytes).toBeLessThan(16 * MIB);
      expect(rangesBytes).toBeLessThan(64 * MIB);
      expect(peakBytes).toBeLessThan(TENSOR_BYTES + 64 * MIB);
    });
  },
);
