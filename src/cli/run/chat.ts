/**
 * The chat on a terminal: question, answer, numbers, and so on until /bye or Ctrl-D. Ctrl-C stops the answer; at the
 * prompt, or a second time, it ends the chat.
 */
import { AiBlockError, errorCode } from "../../core/errors.ts";
import type { AnswerEnd } from "../../moe/chat/answer.ts";
import { Conversation } from "../../moe/chat/conversation.ts";
import type { Engine } from "../../moe/engine/engine.ts";
import type { TextWorker } from "../../moe/text/textWorker.ts";
import type { CommandContext } from "../framework/context.ts";
import { describeError } from "../framework/errorReport.ts";
import { EXIT, type ExitCode } from "../framework/exitCodes.ts";
import { MISFIT_CODES } from "../framework/modelErrors.ts";
import { paint } from "../framework/style.ts";
import { AnswerPrinter } from "./answerPrinter.ts";
import { ChatTerminal } from "./chatTerminal.ts";
import type { RunFlags } from "./options.ts";
import { describeRun } from "./runJson.ts";
import type { NextSampling } from "./sampling.ts";

const HELP = [
  "/clear   forget the conversation",
  "/bye     end the chat; Ctrl-D does as well",
  "Ctrl-C   stop the answer; at the prompt, end the chat",
];

export class Chat {
  readonly #context: CommandContext;
  readonly #engine: Engine;
  readonly #nextSampling: NextSampling;
  readonly #flags: RunFlags;
  readonly #conversation: Conversation;
  readonly #quit = new AbortController();
  #turn: AbortController | undefined;

  constructor(context: CommandContext, engine: Engine, text: TextWorker, nextSampling: NextSampling, flags: RunFlags) {
    this.#context = context;
    this.#engine = engine;
    this.#nextSampling = nextSampling;
    this.#flags = flags;
    this.#conversation = new Conversation({ engine, text, system: flags.system });
  }

  async run(): Promise<ExitCode> {
    const terminal = new ChatTerminal(process.stdin, process.stderr, () => this.#interrupt());
    const signal = AbortSignal.any([this.#context.signal, this.#quit.signal]);
    try {
      this.#say(`${this.#engine.spec.architecture} is ready; /help lists what you can do`);
      for (;;) {
        const line = (await terminal.readLine(signal))?.trim();
        if (line === undefined || line === "/bye") return EXIT.ok;
        if (line.startsWith("/")) this.#obey(line);
        else if (line !== "") await this.#answer(line, signal);
      }
    } catch (error) {
      if (errorCode(error) !== "interrupted") throw error;
      return EXIT.interrupted;
    } finally {
      terminal.close();
      // The line of the prompt, or of "^D", has no end yet.
      process.stderr.write("\n");
    }
  }

  #interrupt(): void {
    const stopped = new AiBlockError("interrupted", "stopped before the end");
    if (this.#turn === undefined || this.#turn.signal.aborted) this.#quit.abort(stopped);
    else this.#turn.abort(stopped);
  }

  #obey(command: string): void {
    if (command === "/clear") this.#conversation.clear();
    else for (const line of HELP) this.#say(line);
    if (command !== "/clear" && command !== "/help") this.#say(`there is no command ${command}`);
  }

  async #answer(question: string, signal: AbortSignal): Promise<void> {
    const { out } = this.#context;
    const turn = new AbortController();
    this.#turn = turn;
    const printer = new AnswerPrinter(out);
    let end: AnswerEnd | undefined;
    try {
      const events = this.#conversation.ask(question, {
        maxTokens: this.#flags.maxTokens,
        sampling: this.#nextSampling(),
        stop: this.#flags.stop ?? [],
        signal: AbortSignal.any([signal, turn.signal]),
      });
      for await (const event of events) {
        if (event.type === "trace") continue;
        await printer.print(event.text);
        if (event.type === "end") end = event;
      }
      printer.endLine();
    } catch (error) {
      printer.endLine();
      this.#afterFailure(error, turn.signal, signal);
    } finally {
      this.#turn = undefined;
    }
    if (end === undefined || this.#flags.quiet) return;
    for (const line of describeRun(this.#engine, await this.#engine.stats(), end)) this.#say(line);
  }

  /** A question that cannot be answered does not end the chat. */
  #afterFailure(error: unknown, turn: AbortSignal, signal: AbortSignal): void {
    signal.throwIfAborted();
    if (turn.aborted) this.#say("stopped; Ctrl-C again ends the chat");
    else if (MISFIT_CODES.includes(errorCode(error) ?? "")) {
      process.stderr.write(describeError(error, process.stderr, false));
      this.#say("the question was not added to the conversation; /clear begins anew");
    } else throw error;
  }

  #say(text: string): void {
    process.stderr.write(`${paint("dim", text, process.stderr)}\n`);
  }
}
