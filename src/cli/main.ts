/**
 * The process `ai-block`: connects the commands to the process's own streams and signals, and ends it with the right
 * exit code. Nothing imports this file; bin/ai-block.js starts it.
 */
import { commandTable } from "./commands.ts";
import { CommandContext } from "./framework/context.ts";
import { describeError } from "./framework/errorReport.ts";
import { EXIT, type ExitCode, exitCodeOf } from "./framework/exitCodes.ts";
import { listenForInterrupt } from "./framework/interrupt.ts";
import { Output } from "./framework/output.ts";
import { runProgram } from "./framework/program.ts";
import { packageVersion } from "./packageVersion.ts";

let logLevel: unknown = process.env.AI_BLOCK_LOG_LEVEL;
const out = new Output(process.stdout);
// Nobody may be left who reads messages; that is no reason to stop.
process.stderr.on("error", () => undefined);
// Also for promises that nobody awaits. Only a mistake of ours comes here, so its stack is shown.
process.on("uncaughtException", (error) => process.exit(report(error, true)));
const interrupt = listenForInterrupt(() => {
  process.stderr.write("\nstopping; Ctrl-C again quits at once\n");
});

process.exitCode = await run();

async function run(): Promise<ExitCode> {
  try {
    const exit = await runProgram(process.argv.slice(2), {
      table: commandTable,
      version: packageVersion(),
      out: process.stdout,
      err: process.stderr,
      createContext: (flags) => {
        logLevel = flags.logLevel ?? logLevel;
        return new CommandContext({ flags, env: process.env, out, err: process.stderr, signal: interrupt.signal });
      },
    });
    await out.finish();
    return exit ?? EXIT.ok;
  } catch (error) {
    return report(error);
  } finally {
    interrupt.close();
  }
}

function report(error: unknown, withStack = logLevel === "debug" || logLevel === "trace"): ExitCode {
  process.stderr.write(describeError(error, process.stderr, withStack));
  return exitCodeOf(error);
}
