/** What the sources say about one option: the strongest one wins, and its value is checked. */
import { dirname, resolve } from "node:path";
import { excerpt } from "../bytes.ts";
import { errorMessage } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import type { OptionEntry } from "./options.ts";
import { readSmallFile } from "./readSmallFile.ts";
import type { ConfigInput, ConfigProblem, ValueSource } from "./resolve.ts";

const MAX_SECRET_FILE_BYTES = 65_536;

/** A value as a source gave it. */
export interface Given {
  readonly value: unknown;
  readonly source: ValueSource;
  /** What a relative path starts from. */
  readonly folder: string;
  /** The value is the path of a file that holds the secret. */
  readonly inFile: boolean;
}

/** The value of the strongest source that has one. Two values in one source are a problem. */
export function findGiven(
  { key, option, flag, attribute, variable }: OptionEntry,
  { flags = {}, env = {}, file, workingFolder = process.cwd() }: ConfigInput,
  fromFile: ReadonlyMap<string, unknown>,
  problems: ConfigProblem[],
): Given | undefined {
  const found: Given[] = [];
  const add = (value: unknown, source: ValueSource, folder: string, inFile: boolean): void => {
    // An empty variable is how shells and compose files say "not set"; so is null in the file.
    if (value === undefined || value === null || (source.kind === "environment" && value === "")) return;
    if (found.some((given) => given.source.kind === source.kind)) {
      problems.push({ key, source, message: "expected the secret or a file with it, got both" });
    }
    found.push({ value, source, folder, inFile });
  };
  const fileSource: ValueSource = { kind: "file", name: file?.path ?? "" };
  const fileFolder = dirname(resolve(workingFolder, file?.path ?? "."));
  add(flags[attribute], { kind: "flag", name: flag }, workingFolder, option.secret);
  add(env[variable], { kind: "environment", name: variable }, workingFolder, false);
  if (option.secret) {
    add(env[`${variable}_FILE`], { kind: "environment", name: `${variable}_FILE` }, workingFolder, true);
  }
  add(fromFile.get(key), fileSource, fileFolder, false);
  if (option.secret) add(fromFile.get(`${key}File`), fileSource, fileFolder, true);
  return found[0];
}

/** The value with the option's type, or `undefined` after a problem was noted. */
export function checkGiven({ key, option }: OptionEntry, given: Given, problems: ConfigProblem[]): unknown {
  const { source, folder, inFile } = given;
  const note = (message: string): undefined => {
    problems.push({ key, source, message });
  };
  let { value } = given;
  if (inFile) {
    if (typeof value !== "string") return note("expected the path of a file");
    try {
      value = readSecretFile(resolve(folder, value));
    } catch (error) {
      return note(`the file cannot be read: ${errorMessage(error)}`);
    }
  } else if (source.kind !== "file" && typeof value === "string") {
    value = option.fromText(value);
  }
  const result = option.schema.safeParse(value);
  if (!result.success) {
    const got = option.secret ? "" : `, got ${excerpt(value)}${didYouMean(String(value), option.choices ?? [])}`;
    return note(`expected ${option.expected}${got}`);
  }
  return option.isPath && typeof result.data === "string" ? resolve(folder, result.data) : result.data;
}

/** The file's text without the line break that editors add at the end. */
function readSecretFile(path: string): string {
  return readSmallFile(path, MAX_SECRET_FILE_BYTES).replace(/\r?\n$/, "");
}
