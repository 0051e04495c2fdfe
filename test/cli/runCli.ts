/** Runs the real command in a process of its own, in a folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../sourceFiles.ts";

export const LAUNCHER = join(ROOT, "bin", "ai-block.js");

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the Node that runs the tests. */
  readonly node?: string;
  readonly launcher?: string;
  /** Told when the process runs, for tests that disturb it. */
  readonly onStart?: (child: ChildProcess) => void;
  /** What stdout is; default a pipe that is read to its end. */
  readonly stdout?: number | "pipe";
  /** What stdin holds; default nothing. */
  readonly input?: string;
}

/** Folders for one file of tests, with an environment that keeps the command inside them. */
export class Workplace {
  readonly folder: string;
  readonly data: string;
  readonly keyFile: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.data = join(folder, "data");
    this.keyFile = join(folder, "config", "ai-block", "main", "author.json");
  }

  static async create(): Promise<Workplace> {
    const workplace = new Workplace(await mkdtemp(join(tmpdir(), "ai-block-cli-")));
    await mkdir(join(workplace.folder, "work"));
    return workplace;
  }

  /** A path in the working folder of the command. */
  path(...names: readonly string[]): string {
    return join(this.folder, "work", ...names);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    const child = spawn(options.node ?? process.execPath, [options.launcher ?? LAUNCHER, ...args], {
      cwd: this.path(),
      env: { ...this.environment(), ...options.env },
      stdio: [options.input === undefined ? "ignore" : "pipe", options.stdout ?? "pipe", "pipe"],
    });
    child.stdin?.end(options.input);
    options.onStart?.(child);
    return collect(child);
  }

  /** What a command prints with `--json`. Fails the test when the command fails. */
  async json(args: readonly string[]): Promise<unknown> {
    const result = await this.run([...args, "--json"]);
    if (result.code !== 0) throw new Error(`ai-block ${args.join(" ")}: exit ${result.code}\n${result.stderr}`);
    return JSON.parse(result.stdout);
  }

  environment(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: this.folder,
      XDG_CONFIG_HOME: join(this.folder, "config"),
      XDG_DATA_HOME: join(this.folder, "xdg-data"),
      // Compiled code may be shared: it halves the time of a start.
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
      AI_BLOCK_DATA_DIR: this.data,
      TERM: "xterm-256color",
    };
  }
}

/** Waits for the end of `child` with everything that it wrote. */
export function collect(child: ChildProcess): Promise<CliResult> {
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (piece: string) => {
      text[name] += piece;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...text }));
  });
}

/** Resolves when `stderr` of the child holds `text`. */
export function waitForError(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = "";
    child.stderr?.on("data", (piece: string | Buffer) => {
      seen += String(piece);
      if (seen.includes(text)) resolve();
    });
    child.on("close", () => reject(new Error(`expected ${JSON.stringify(text)} on stderr, got ${seen}`)));
  });
}
