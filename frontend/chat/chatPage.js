// The open conversation and everything a person does with it.
// @ts-check
import { copyText } from "../lib/clipboard.js";
import { byId } from "../lib/dom.js";
import { Announcer } from "./announcer.js";
import { Answering } from "./answering.js";
import { ChatStore } from "./chatStore.js";
import { Composer } from "./composer.js";
import { addMessage, cutFrom, newConversation, removeMessage } from "./conversation.js";
import { Inspector } from "./inspector.js";
import { MessageList, showCopied } from "./messageList.js";
import { loadSettings, saveSettings } from "./settings.js";
import { sharesOf } from "./shares.js";
import { showWelcome } from "./welcome.js";

export class ChatPage {
  conversation = newConversation();
  settings = loadSettings();
  /** The served model that answers. @type {any} */
  model = null;
  openSettings = () => {};
  /** The question that is being edited: sending replaces it and what follows. @type {string | null} */
  #editing = null;
  #list = new MessageList({ scroll: byId("scroll"), list: byId("messages"), toEnd: byId("to-end") }, (action, id) =>
    this.#act(action, id),
  );
  #composer = new Composer({ onSend: (text) => void this.ask(text), onStop: () => this.#answering.stop() });
  #announcer = new Announcer(byId("announcer"));
  #inspector = new Inspector((id) => this.#list.markInspected(id));
  #store;
  #answering;

  /** @param {import("./database.js").ConversationDatabase} database */
  constructor(database) {
    this.#store = new ChatStore(database, {
      openId: () => this.conversation.id,
      onOpen: (id) => void this.open(id),
      onGone: () => this.startNew(),
      say: (text) => this.#say(text),
    });
    this.#answering = new Answering({
      list: this.#list,
      composer: this.#composer,
      announcer: this.#announcer,
      inspector: this.#inspector,
      model: () => this.model,
      settings: () => this.settings,
      save: (conversation) => this.#store.save(conversation),
      isOpen: (conversation) => conversation === this.conversation,
      onHelp: (help) => (help === "settings" ? this.openSettings() : this.startNew()),
    });
    byId("new-chat").addEventListener("click", () => this.startNew());
    this.#show();
    // On a phone the keyboard would cover the page.
    if (matchMedia("(hover: hover)").matches) this.focusInput();
  }

  /** How many messages make up the last question and what is before it. */
  get questionEnd() {
    const last = this.conversation.messages.at(-1);
    return last?.role === "assistant" ? -1 : undefined;
  }

  /** @param {any} model */
  setModel(model) {
    const isOther = model?.id !== this.model?.id || model?.state_root !== this.model?.state_root;
    this.model = model;
    if (isOther && this.conversation.messages.length === 0) this.#show();
  }

  /** @param {import("./settings.js").Settings} settings */
  setSettings(settings) {
    this.settings = settings;
    saveSettings(settings);
  }

  /** Sends a question. During an answer it stays in the input until that has ended. @param {string} text */
  async ask(text) {
    if (this.#answering.isRunning) {
      this.#composer.setNote("Waiting for the answer to end. Esc stops it.");
      return;
    }
    this.#composer.setText("");
    byId("welcome").hidden = true;
    this.#answering.stop();
    if (this.#editing !== null) this.#cut(this.#editing);
    this.#list.append(addMessage(this.conversation, "user", text));
    await this.#store.save(this.conversation);
    await this.#answering.answer(this.conversation);
  }

  startNew() {
    this.#answering.stop();
    this.conversation = newConversation();
    this.#show();
    this.focusInput();
  }

  /** @param {string} id */
  async open(id) {
    if (id === this.conversation.id) return;
    this.#answering.stop();
    const found = await this.#store.load(id);
    if (found === null) return;
    this.conversation = found;
    this.#show();
  }

  focusInput() {
    this.#composer.focus();
  }

  copyLast() {
    const last = this.conversation.messages.findLast(({ role }) => role === "assistant");
    if (last !== undefined) void copyText(last.content).then((done) => this.#say(done ? "Copied." : "Not copied."));
  }

  /** Stops the answer, or closes what lies over the conversation. */
  escape() {
    byId("layout").classList.remove("listing");
    if (this.#answering.isRunning) this.#answering.stop();
    else if (this.#editing !== null) this.#edit(null);
  }

  #show() {
    this.#edit(null);
    const { messages } = this.conversation;
    byId("welcome").hidden = messages.length > 0;
    showWelcome(byId("welcome"), this.model, (question) => void this.ask(question));
    this.#list.showAll(messages);
    const answer = messages.findLast(({ role, details }) => role === "assistant" && details?.state_root !== undefined);
    if (answer === undefined) this.#inspector.showEmpty(this.model?.experts_per_layer ?? []);
    else this.#inspector.show(answer, sharesOf(answer));
    document.title = this.conversation.title === "" ? "Chat · AI-Block" : `${this.conversation.title} · AI-Block`;
    void this.#store.refresh();
  }

  /** @param {import("./messageList.js").ListAction | "copy"} action @param {string} id */
  #act(action, id) {
    const message = this.conversation.messages.find((candidate) => candidate.id === id);
    if (message === undefined) return;
    if (action === "copy") {
      const button = this.#list.elementOf(id)?.querySelector("[data-action=copy]");
      if (button instanceof HTMLElement) void showCopied(button, message.content);
    } else if (action === "inspect") {
      this.#inspector.show(message, sharesOf(message));
      this.#inspector.setOpen(true);
    } else if (!this.#answering.isRunning) {
      this.#change(action, message);
    }
  }

  /** What changes the conversation waits until no answer runs. @param {"edit" | "again" | "delete"} action @param {import("./conversation.js").Message} message */
  #change(action, message) {
    this.#answering.stop();
    if (action === "edit") {
      this.#edit(message);
    } else if (action === "again") {
      this.#cut(message.id);
      void this.#answering.answer(this.conversation);
    } else {
      removeMessage(this.conversation, message.id);
      this.#list.keepOnly(this.conversation.messages.map(({ id }) => id));
      if (this.conversation.messages.length === 0) this.#show();
      void this.#store.save(this.conversation);
    }
  }

  /** @param {import("./conversation.js").Message | null} question */
  #edit(question) {
    if (this.#editing !== null) this.#list.elementOf(this.#editing)?.classList.remove("editing");
    if (question === null && this.#editing !== null) this.#composer.setText("");
    this.#editing = question?.id ?? null;
    this.#composer.setNote(question === null ? "" : "Sending replaces the message and what follows. Esc keeps them.");
    if (question === null) return;
    this.#list.elementOf(question.id)?.classList.add("editing");
    this.#composer.setText(question.content);
    this.focusInput();
  }

  /** Drops this message and all that follow. @param {string} id */
  #cut(id) {
    this.#editing = null;
    cutFrom(this.conversation, id);
    this.#list.keepOnly(this.conversation.messages.map((message) => message.id));
  }

  /** @param {string} text */
  #say(text) {
    this.#announcer.say(text);
    this.#composer.setNote(text);
  }
}
