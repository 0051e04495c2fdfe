/**
 * Weights of an ONNX model in another file. A model from someone else could name any file of this machine, so this is
 * refused unless asked for; then only a bare name in the model's own folder is opened, without following links, and
 * the file must have no second name (hard link) elsewhere.
 */
import { constants } from "node:fs";
import { lstat, open, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { excerpt } from "../../../core/bytes.ts";
import { errorCode } from "../../../core/errors.ts";
import { formatError } from "../errors.ts";
import type { OnnxExternal } from "./initialiser.ts";

const BARE_NAME = /^(?!\.)[\p{L}\p{N}._+=@ -]{1,255}$/u;
const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;
/** A `:` names a stream of another file on Windows; these names are devices there. */
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;

/**
 * The bytes of an initialiser from its external file in `folder`.
 * Throws `external_data_refused` (not allowed), `external_data_invalid` (outside the folder, a link, a wrong range).
 */
export async function readExternalData(
  folder: string,
  external: OnnxExternal,
  byteLength: number,
  allowed: boolean,
): Promise<Uint8Array> {
  if (!allowed) {
    throw formatError(
      "external_data_refused",
      "ONNX: the weights are in another file, which is not opened by default",
      {
        location: excerpt(external.location),
      },
    );
  }
  const { location } = external;
  if (!BARE_NAME.test(location) || location.includes("..") || WINDOWS_DEVICE.test(location)) {
    throw invalid(`expected a file name in the model's folder, got ${excerpt(location)}`);
  }
  const offset = decimal(external.offset ?? "0", "offset");
  const length = decimal(external.length ?? String(byteLength), "length");
  if (length !== byteLength) throw invalid(`the tensor takes ${byteLength} bytes, its entry says ${length}`);
  const root = await realpath(folder);
  return readRange(root, join(root, location), offset, length);
}

async function readRange(root: string, path: string, offset: number, length: number): Promise<Uint8Array> {
  if ((await statOrRefuse(path)).isSymbolicLink()) throw invalid("is a symbolic link");
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const handle = await open(path, flags).catch((error: unknown) => {
    throw invalid(`could not be opened (${errorCode(error) ?? "?"})`);
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw invalid("is not a regular file");
    if (stats.nlink !== 1) throw invalid(`has ${stats.nlink} names; expected one`);
    if (dirname(await realpath(path)) !== root) throw invalid("is not in the model's folder");
    if (offset + length > stats.size) throw invalid(`${length} bytes at ${offset} are not inside its ${stats.size}`);
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) throw invalid("became shorter while it was read");
      done += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}

async function statOrRefuse(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    throw invalid(`is not there (${errorCode(error) ?? "?"})`);
  }
}

function decimal(text: string, what: string): number {
  const value = Number(text);
  if (DECIMAL.test(text) && Number.isSafeInteger(value)) return value;
  throw invalid(`expected a decimal ${what}, got ${excerpt(text)}`);
}

function invalid(reason: string): Error {
  return formatError("external_data_invalid", `ONNX external data: ${reason}`);
}
