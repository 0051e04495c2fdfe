/** `ai-block start` as a process, until it has said where it is. */
import { type ChildProcess, spawn } from "node:child_process";
import { cp } from "node:fs/promises";
import { checkpoint } from "./checkpoints.ts";
import { collect, LAUNCHER, Workplace } from "./runCli.ts";

/** Of `workplaceWithModel`: the model's folder in it. */
export const MODEL = "tiny";

/** A workplace with a tiny model. */
export async function workplaceWithModel(): Promise<Workplace> {
  const workplace = await Workplace.create();
  await cp(checkpoint("olmoe-f16"), workplace.path(MODEL), { recursive: true });
  return workplace;
}

export interface Started {
  readonly child: ChildProcess;
  /** What it has printed. */
  readonly ready: string;
  readonly result: ReturnType<typeof collect>;
}

/** Resolves when the node has printed where it is; rejects when it ends before. */
export function startCli(workplace: Workplace, model: string, ...args: readonly string[]): Promise<Started> {
  return startCliWith({}, workplace, model, ...args);
}

/** The same, with more in its environment. */
export function startCliWith(
  env: Readonly<Record<string, string>>,
  workplace: Workplace,
  model: string,
  ...args: readonly string[]
): Promise<Started> {
  const child = spawn(process.execPath, [LAUNCHER, "start", "--http-port", "0", "--model", model, ...args], {
    cwd: workplace.path(),
    env: { ...workplace.environment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const result = collect(child);
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (piece: string) => {
      text += piece;
      if (/^data +\S|"dataDir"/m.test(text) && (text.endsWith("}\n") || !text.startsWith("{"))) {
        resolve({ child, ready: text, result });
      }
    });
    void result.then(({ stderr }) => reject(new Error(`the node ended: ${stderr}`)));
  });
}

/** `http://127.0.0.1:PORT` of what `start` has printed. */
export function urlOf({ ready }: Started): string {
  return /chat +(\S+)\//.exec(ready)![1]!;
}
