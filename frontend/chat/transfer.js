// Files of chats, to the person's disk and back.
// @ts-check
import { parseExport } from "./exportFile.js";

const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Offers `text` as a file to save. @param {string} name @param {string} text */
export function saveFile(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The chats in a file. Throws an `Error` with a sentence for the person. @param {File} file */
export async function readFile(file) {
  if (file.size > MAX_FILE_BYTES) throw new Error("The file is larger than 64 MiB.");
  return parseExport(await file.text());
}
