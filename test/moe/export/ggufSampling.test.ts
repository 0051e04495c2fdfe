import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { tokenizerFilesOf } from "../../../src/moe/chat/tokenizerFilesOf.ts";
import { exportGguf } from "../../../src/moe/export/gguf/exportGguf.ts";
import { readModelSampling } from "../../../src/moe/sampling/modelSampling.ts";
import { CHECKPOINTS } from "../formats/fixtures.ts";
import { withFolder } from "../formats/temporaryFolder.ts";
import { withSource } from "../model/ggufFiles.ts";
import { readConfig, readTokenizer } from "./ggufExport.ts";

/** A key and its value as GGUF stores them: length, text, type, value. */
function entryBytes(key: string, type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(key.length));
  return Buffer.concat([head, Buffer.from(key), Buffer.from([type, 0, 0, 0]), value]);
}

test("how the model's makers sample is in the file under llama.cpp's keys, but for what is out of range", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "m.gguf");
    const config = { temperature: 0.7, top_k: 20, top_p: 0.8, min_p: 9, repetition_penalty: 1.05, typical_p: 0.5 };
    const files = new Map([...(await readTokenizer("olmoe")), ["generation_config.json", JSON.stringify(config)]]);
    const report = await withSource(join(CHECKPOINTS, "olmoe"), async (source) =>
      exportGguf(source, await readConfig("olmoe"), files, path, { type: "f16" }),
    );
    expect(report.ignoredSampling).toEqual([
      "generation_config.json: min_p: expected a number from 0 to 1, got 9; 0 is the default instead",
    ]);
    const bytes = await readFile(path);
    for (const [key, type, hex] of [
      ["temp", 6, "3333333f"],
      ["top_k", 5, "14000000"],
      ["top_p", 6, "cdcc4c3f"],
      ["penalty_repeat", 6, "6666863f"],
    ] as const) {
      const entry = entryBytes(`general.sampling.${key}`, type, Buffer.from(hex, "hex"));
      expect([key, bytes.indexOf(entry) > 0]).toEqual([key, true]);
    }
    expect(bytes.toString("latin1").match(/general\.sampling\./g)).toHaveLength(4);
    const { ignored, sampling } = readModelSampling(await tokenizerFilesOf(path));
    expect([ignored, sampling]).toEqual([[], { temperature: 0.7, topK: 20, topP: 0.8, repetitionPenalty: 1.05 }]);
  });
});
