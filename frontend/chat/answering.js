// Runs answers of the open conversation: at most one at a time; shows it live, keeps it, and says why when there is none.
// @ts-check
import { checkNow } from "../lib/connection.js";
import { el } from "../lib/dom.js";
import { duration, short } from "../lib/format.js";
import { FramePainter } from "../lib/framePainter.js";
import { icon } from "../lib/icons.js";
import { AnswerRun } from "./answerRun.js";
import { addMessage, requestMessages } from "./conversation.js";
import { LiveAnswer } from "./messageView.js";
import { reasonOf } from "./reasons.js";
import { requestFields } from "./settings.js";
import { shapeOf, sharesOf, sharesOfMass } from "./shares.js";

/** An answer that is being written is saved this often, so that a closed tab loses little. */
const SAVE_EVERY_MS = 2000;

/**
 * @typedef {object} Page what answering needs of the page around it
 * @property {import("./messageList.js").MessageList} list
 * @property {import("./composer.js").Composer} composer
 * @property {import("./announcer.js").Announcer} announcer
 * @property {import("./inspector.js").Inspector} inspector
 * @property {() => any} model the served model that answers, or `null`
 * @property {() => import("./settings.js").Settings} settings
 * @property {(conversation: import("./conversation.js").Conversation) => Promise<void>} save
 * @property {(conversation: import("./conversation.js").Conversation) => boolean} isOpen
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

  /** Answers the last message of `conversation`. @param {import("./conversation.js").Conversation} conversation */
  async answer(conversation) {
    clearTimeout(this.#retry);
    if (this.#running !== null) return;
    const controller = new AbortController();
    this.#running = controller;
    const { composer, list, announcer, settings } = this.#page;
    const chosen = settings();
    const messages = requestMessages(conversation, chosen.systemPrompt);
    const message = addMessage(conversation, "assistant", "");
    const run = new AnswerRun();
    const live = new LiveAnswer(message);
    list.removeNotices();
    list.append(live.element);
    list.goToEnd();
    composer.setRunning(true);
    announcer.begin();
    const painter = new FramePainter(() => {
      if (this.#page.isOpen(conversation)) this.#paint(run, live, message.id);
    });
    let savedMs = performance.now();
    /** @type {unknown} */
    let problem = null;
    try {
      await run.run(this.#body(messages, chosen, conversation.id), controller.signal, () => {
        painter.request();
        if (performance.now() - savedMs < SAVE_EVERY_MS) return;
        savedMs = performance.now();
        this.#keep(message, run);
        void this.#page.save(conversation);
      });
    } catch (error) {
      problem = error;
    }
    painter.close();
    this.#running = null;
    composer.setRunning(false);
    this.#finish(conversation, message, run, live, problem);
    await this.#page.save(conversation);
  }

  /** @param {{ role: string, content: string }[]} messages @param {import("./settings.js").Settings} settings @param {string} conversationId */
  #body(messages, settings, conversationId) {
    const model = this.#page.model();
    return {
      ...(model === null ? {} : { model: model.id }),
      messages,
      ...requestFields(settings),
      stream: true,
      routing: true,
      session: conversationId,
    };
  }

  /** @param {AnswerRun} run @param {LiveAnswer} live @param {string} id */
  #paint(run, live, id) {
    const { list, announcer, inspector } = this.#page;
    live.update(run.text, liveMeta(run));
    announcer.update(run.text);
    inspector.showRunning({
      id,
      shape: this.#shapeFor(run),
      shares: sharesOfMass(run.mass),
      tokens: run.tokens,
      details: run.details,
    });
    list.follow();
  }

  /** @param {AnswerRun} run */
  #shapeFor(run) {
    const shape = this.#page.model()?.experts_per_layer;
    return shape ?? shapeOf([...run.mass].map(([layer, row]) => ({ layer, experts: row.keys() })));
  }

  /** @param {import("./conversation.js").Message} message @param {AnswerRun} run */
  #keep(message, run) {
    message.content = run.text;
    message.tokens = run.tokens;
    message.details = { ...run.details, shape: this.#shapeFor(run) };
  }

  /**
   * @param {import("./conversation.js").Conversation} conversation @param {import("./conversation.js").Message} message
   * @param {AnswerRun} run @param {LiveAnswer} live @param {any} problem
   */
  #finish(conversation, message, run, live, problem) {
    const { composer, list, announcer, inspector } = this.#page;
    this.#keep(message, run);
    composer.setNote("");
    const stopped = problem?.name === "AbortError";
    if (stopped) message.details = { ...message.details, finish_reason: "stopped" };
    const isEmpty = run.text === "" && problem !== null;
    if (isEmpty) conversation.messages.splice(conversation.messages.indexOf(message), 1);
    if (!this.#page.isOpen(conversation)) return;
    if (isEmpty) {
      live.element.remove();
    } else {
      list.replace(live.element, message);
      inspector.show(message, sharesOf(message));
    }
    announcer.end(run.text, problem === null ? "Answer complete." : stopped ? "Stopped." : "");
    if (problem !== null && !stopped) this.#explain(conversation, problem);
  }

  /** @param {import("./conversation.js").Conversation} conversation @param {unknown} problem */
  #explain(conversation, problem) {
    const { list, announcer, onHelp } = this.#page;
    const reason = reasonOf(problem);
    const again = () => {
      if (conversation.messages.at(-1)?.role === "assistant") list.dropLast(conversation.messages.splice(-1).length);
      void this.answer(conversation);
    };
    const help = { "new-chat": "New chat", settings: "Settings" };
    const when = reason.retryAfterMs === null ? "" : ` Next try in ${duration(reason.retryAfterMs)}.`;
    list.appendNotice(
      el(
        "div",
        { class: `notice ${reason.kind}`, role: "status" },
        icon(reason.kind === "full" ? "clock" : "warning"),
        el("strong", null, reason.title),
        el("p", null, reason.text + when),
        el(
          "div",
          { class: "notice-actions" },
          el("button", { class: "button small", type: "button", onclick: again }, "Try again"),
          reason.help === null
            ? null
            : el(
                "button",
                {
                  class: "button small plain",
                  type: "button",
                  onclick: () => onHelp(/** @type {any} */ (reason.help)),
                },
                help[reason.help],
              ),
        ),
      ),
    );
    announcer.say(`${reason.title}. ${reason.text}`);
    if (reason.retryAfterMs !== null) this.#retry = setTimeout(again, reason.retryAfterMs);
    else checkNow();
  }
}

/** @param {AnswerRun} run */
function liveMeta(run) {
  if (run.firstTokenMs === null) return "Waiting for the first token";
  const speed = run.tokensPerSecond;
  return [
    `${run.tokenCount} tokens`,
    speed === null ? "" : `${short(speed)} tokens/s`,
    `first after ${duration(run.firstTokenMs)}`,
  ]
    .filter((part) => part !== "")
    .join(" · ");
}
