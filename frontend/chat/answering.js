// Runs answers of the open conversation: at most one at a time; shows it live, keeps it, and says why when there is none.
// @ts-check
import { checkNow } from "../lib/connection.js";
import { duration, short } from "../lib/format.js";
import { FramePainter } from "../lib/framePainter.js";
import { AnswerRun } from "./answerRun.js";
import { removalOfVersion, remove, shownMessages, shownVersions } from "./branches.js";
import { addMessage, requestMessages } from "./conversation.js";
import { LiveAnswer, progressWords } from "./liveAnswer.js";
import { noticeElement } from "./noticeView.js";
import { reasonOf } from "./reasons.js";
import { requestFields } from "./settings.js";
import { shapeOf, sharesOf, sharesOfMass } from "./shares.js";

/** An answer that is being written is saved this often, so that a closed tab loses little. */
const SAVE_EVERY_MS = 2000;
/** The expert map of a running answer is drawn this often: its tokens are one long text, laid out anew each time. */
const MAP_EVERY_MS = 120;

/** @typedef {import("./conversation.js").Conversation} Conversation */
/** @typedef {import("./conversation.js").Message} Message */

/**
 * @typedef {object} Job one answer
 * @property {Conversation} conversation
 * @property {Message} question
 * @property {Message} message
 * @property {readonly string[]} shownBefore the versions that were shown before this answer came among them
 * @property {AnswerRun} run
 * @property {LiveAnswer} live
 *
 * @typedef {object} Page what answering needs of the page around it
 * @property {import("./messageList.js").MessageList} list
 * @property {import("./composer.js").Composer} composer
 * @property {import("./announcer.js").Announcer} announcer
 * @property {import("./inspector.js").Inspector} inspector
 * @property {() => any} model the served model that answers, or `null`
 * @property {() => import("./settings.js").Settings} settings
 * @property {(conversation: Conversation, what: { changed?: Message[], removed?: Message[] }) => Promise<void>} save
 * @property {(conversation: Conversation, message: Message) => Promise<void>} saveDraft
 * @property {(conversation: Conversation) => boolean} isOpen
 * @property {(help: "new-chat" | "settings") => void} onHelp
 */

export class Answering {
  #page;
  /** @type {AbortController | null} */
  #running = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
  }

  get isRunning() {
    return this.#running !== null;
  }

  /** Ends the running answer; what is there of it stays. Also gives up a retry that waits. */
  stop() {
    clearTimeout(this.#retry);
    this.#running?.abort();
  }

  /**
   * Answers a question. An answer that it has already stays, as an earlier version.
   * @param {Conversation} conversation @param {Message} [question] default: the last message
   */
  async answer(conversation, question = shownMessages(conversation).at(-1)) {
    clearTimeout(this.#retry);
    if (this.#running !== null || question === undefined) return;
    const controller = new AbortController();
    this.#running = controller;
    const { composer, list, announcer, settings } = this.#page;
    const chosen = settings();
    const path = shownVersions(conversation);
    const asked = path.slice(0, path.findIndex(({ message }) => message === question) + 1);
    const messages = asked.map(({ message }) => message);
    const shownBefore = conversation.shown;
    const message = addMessage(conversation, "assistant", "", question.id);
    const run = new AnswerRun();
    const live = new LiveAnswer(message);
    /** @type {Job} */
    const job = { conversation, question, message, shownBefore, run, live };
    list.show(asked);
    list.append(live.element);
    list.goToEnd();
    composer.setRunning(true);
    announcer.begin();
    const painter = new FramePainter(this.#painterOf(job));
    let savedMs = performance.now();
    /** @type {unknown} */
    let problem = null;
    try {
      const body = this.#body(requestMessages(messages, chosen.systemPrompt), chosen, conversation.id);
      await run.run(body, controller.signal, () => {
        painter.request();
        if (performance.now() - savedMs < SAVE_EVERY_MS) return;
        savedMs = performance.now();
        // Without the tokens' experts: they are many, and are kept once, at the end.
        message.content = run.text;
        void this.#page.saveDraft(conversation, message);
      });
    } catch (error) {
      problem = error;
    }
    painter.close();
    this.#running = null;
    composer.setRunning(false);
    const isEmpty = run.text === "" && problem !== null;
    this.#finish(job, problem, isEmpty);
    await this.#page.save(conversation, isEmpty ? { removed: [message] } : { changed: [message] });
  }

  /** @param {{ role: string, content: string }[]} messages @param {import("./settings.js").Settings} settings @param {string} conversationId */
  #body(messages, settings, conversationId) {
    const model = this.#page.model();
    return {
      ...(model === null ? {} : { model: model.id }),
      messages,
      ...requestFields(settings),
      stream: true,
      progress: true,
      routing: true,
      session: conversationId,
    };
  }

  /** What paints a running answer. It reads nothing of the layout: that would cost a layout each time. @param {Job} job */
  #painterOf({ conversation, message: { id }, run, live }) {
    const { announcer, inspector } = this.#page;
    let mapMs = 0;
    return () => {
      if (!this.#page.isOpen(conversation)) return;
      live.update(run.text, liveMeta(run));
      if (run.firstTokenMs === null && run.progress !== null) {
        live.showProgress(run.progress);
        announcer.progress(run.progress.stage, progressWords(run.progress));
      }
      announcer.update(run.text);
      if (performance.now() - mapMs < MAP_EVERY_MS) return;
      mapMs = performance.now();
      inspector.showRunning({
        id,
        shape: this.#shapeFor(run),
        shares: sharesOfMass(run.mass),
        tokens: run.tokens,
        details: run.details,
      });
    };
  }

  /** @param {AnswerRun} run */
  #shapeFor(run) {
    const shape = this.#page.model()?.experts_per_layer;
    return shape ?? shapeOf([...run.mass].map(([layer, row]) => ({ layer, experts: row.keys() })));
  }

  /** Keeps what there is of the answer, or the conversation as it was before. @param {Job} job @param {any} problem @param {boolean} isEmpty */
  #finish(job, problem, isEmpty) {
    const { conversation, message, run } = job;
    const { composer, list, announcer, inspector } = this.#page;
    const stopped = problem?.name === "AbortError";
    composer.setNote("");
    message.content = run.text;
    message.tokens = run.tokens;
    message.details = { ...run.details, shape: this.#shapeFor(run), ...(stopped && { finish_reason: "stopped" }) };
    if (isEmpty) forget(job);
    if (!this.#page.isOpen(conversation)) return;
    list.show(shownVersions(conversation));
    if (!isEmpty) inspector.show(message, sharesOf(message));
    announcer.end(run.text, problem === null ? "Answer complete." : stopped ? "Stopped." : "");
    if (problem !== null && !stopped) this.#explain(job, problem);
  }

  /** @param {Job} job @param {unknown} problem */
  #explain(job, problem) {
    const { list, announcer, onHelp, save } = this.#page;
    const { conversation, question, message } = job;
    const reason = reasonOf(problem);
    const onAgain = () => {
      if (conversation.messages.includes(message)) {
        forget(job);
        void save(conversation, { removed: [message] });
      }
      void this.answer(conversation, question);
    };
    list.appendNotice(noticeElement(reason, { onAgain, onHelp }));
    announcer.say(`${reason.title}. ${reason.text}`);
    if (reason.retryAfterMs !== null) this.#retry = setTimeout(onAgain, reason.retryAfterMs);
    else checkNow();
  }
}

/** Takes the answer out: what was shown before it is shown again. @param {Job} job */
function forget({ conversation, message, shownBefore }) {
  remove(conversation, removalOfVersion(conversation, message));
  conversation.shown = [...shownBefore];
}

/** @param {AnswerRun} run */
function liveMeta(run) {
  if (run.firstTokenMs === null) return progressWords(run.progress) || "Waiting for the first token";
  const speed = run.tokensPerSecond;
  return [
    `${run.tokenCount} tokens`,
    speed === null ? "" : `${short(speed)} tokens/s`,
    `first after ${duration(run.firstTokenMs)}`,
  ]
    .filter((part) => part !== "")
    .join(" · ");
}
