/** Questions to the person at the terminal. They go to stderr, and are only asked when somebody can answer. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { AiBlockError } from "../../core/errors.ts";

/** Whether there is somebody to ask. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Whether the answer begins with "y". */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const answer = await ask(`${question} [y/N] `, true, signal);
  return /^y(es)?$/i.test(answer.trim());
}

/** A line that is not shown while it is typed. */
export async function askSecret(question: string, signal: AbortSignal): Promise<string> {
  try {
    return await ask(question, false, signal);
  } finally {
    process.stderr.write("\n");
  }
}

/** A new passphrase, typed twice. Throws `passphrase_mismatch`, or `bad_argument` for an empty one. */
export async function askNewPassphrase(signal: AbortSignal): Promise<string> {
  const first = await askSecret("Passphrase: ", signal);
  if (first === "") throw new AiBlockError("bad_argument", "passphrase: expected at least one character, got none");
  if (first === (await askSecret("The same again: ", signal))) return first;
  throw new AiBlockError("passphrase_mismatch", "passphrase: expected the same twice, got two that differ");
}

async function ask(question: string, shown: boolean, signal: AbortSignal): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = shown ? process.stderr : nowhere;
  // From here on the terminal itself shows nothing: before the question, so that no fast typist's secret is seen.
  const reader = createInterface({ input: process.stdin, output, terminal: true });
  if (!shown) process.stderr.write(question);
  // In raw mode the terminal sends Ctrl-C as a character.
  reader.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  const ended = new Promise<never>((_resolve, reject) => {
    reader.once("close", () => {
      reject(new AiBlockError("no_answer", "the question: expected an answer, got the end of the input"));
    });
  });
  try {
    return await Promise.race([reader.question(question, { signal }), ended]);
  } finally {
    reader.close();
  }
}
