import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorCode } from "../../../src/core/errors.ts";
import { readTokenizerFiles } from "../../../src/moe/text/tokenizerFiles.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ai-block-text-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function codeOf(options = {}): Promise<string | undefined> {
  try {
    await readTokenizerFiles(folder, options);
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
}

test("exactly the tokenizer files of a folder are read, templates in the sub-folder too", async () => {
  await writeFile(join(folder, "tokenizer.json"), "{}");
  await writeFile(join(folder, "config.json"), '{"a":1}');
  await writeFile(join(folder, "model.safetensors"), "weights");
  await mkdir(join(folder, "additional_chat_templates"));
  await writeFile(join(folder, "additional_chat_templates", "rag.jinja"), "R");
  await writeFile(join(folder, "additional_chat_templates", "notes.txt"), "N");
  const files = await readTokenizerFiles(folder);
  const texts = [...files].map(([name, bytes]) => [name, new TextDecoder().decode(bytes as Uint8Array)]);
  expect(texts).toEqual([
    ["tokenizer.json", "{}"],
    ["config.json", '{"a":1}'],
    ["additional_chat_templates/rag.jinja", "R"],
  ]);
});

test("an empty folder gives no files", async () => {
  expect((await readTokenizerFiles(folder)).size).toBe(0);
});

test("a file that is too long is refused before it is read, a link unless links are followed", async () => {
  await writeFile(join(folder, "elsewhere"), "{}");
  await symlink(join(folder, "elsewhere"), join(folder, "tokenizer.json"));
  expect(await codeOf()).toBe("file_is_link");
  expect((await readTokenizerFiles(folder, { followLinks: true })).size).toBe(1);
  await writeFile(join(folder, "tokenizer_config.json"), "");
  await truncate(join(folder, "tokenizer_config.json"), 2 ** 33);
  expect(await codeOf({ followLinks: true })).toBe("tokenizer_invalid");
});

test("an aborted signal stops the reading with its reason", async () => {
  await writeFile(join(folder, "tokenizer.json"), "{}");
  await expect(readTokenizerFiles(folder, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow(
    "enough",
  );
});
