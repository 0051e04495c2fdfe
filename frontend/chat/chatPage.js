// The open conversation and everything a person does with it.
// @ts-check
import { copyText } from "../lib/clipboard.js";
import { byId } from "../lib/dom.js";
import { plural } from "../lib/format.js";
import { Announcer } from "./announcer.js";
import { Answering } from "./answering.js";
import { removalOfMessage, remove, shownMessages, shownVersions, showVersion, versionsOf } from "./branches.js";
import { ChatStore } from "./chatStore.js";
import { Composer } from "./composer.js";
import { confirmed } from "./confirm.js";
import { addMessage, newConversation, requestMessages } from "./conversation.js";
import { Inspector } from "./inspector.js";
import { MessageList, showCopied } from "./messageList.js";
import { loadSettings, saveSettings } from "./settings.js";
import { sharesOf } from "./shares.js";
import { showWelcome } from "./welcome.js";

const WAITING = "Waiting for the answer to end. Esc stops it.";

export class ChatPage {
  conversation = newConversation();
  settings = loadSettings();
  /** The served model that answers. @type {any} */
  model = null;
  /** Why there is none yet. @type {"loading" | "key"} */
  #unknownFor = "loading";
  openSettings = () => {};
  /** The question that is being changed: sending makes another version of it. @type {import("./conversation.js").Message | null} */
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
      onReplaced: () => void this.#load(this.conversation.id),
      say: (text) => this.#say(text),
    });
    this.#answering = new Answering({
      list: this.#list,
      composer: this.#composer,
      announcer: this.#announcer,
      inspector: this.#inspector,
      model: () => this.model,
      settings: () => this.settings,
      save: (conversation, what) => this.#store.save(conversation, what),
      saveDraft: (conversation, message) => this.#store.saveDraft(conversation, message),
      isOpen: (conversation) => conversation === this.conversation,
      onHelp: (help) => (help === "settings" ? this.openSettings() : this.startNew()),
    });
    byId("new-chat").addEventListener("click", () => this.startNew());
    this.#show();
    // On a phone the keyboard would cover the page.
    if (matchMedia("(hover: hover)").matches) this.focusInput();
  }

  /** What the node was asked last: the messages that are shown, without the answer at their end. */
  get lastRequest() {
    const shown = shownMessages(this.conversation);
    if (shown.at(-1)?.role === "assistant") shown.pop();
    return requestMessages(shown, this.settings.systemPrompt);
  }

  /** @param {any} model @param {"loading" | "key"} [unknownFor] why it is `null` */
  setModel(model, unknownFor = "loading") {
    const isOther =
      model?.id !== this.model?.id || model?.state_root !== this.model?.state_root || unknownFor !== this.#unknownFor;
    this.model = model;
    this.#unknownFor = unknownFor;
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
      this.#composer.setNote(WAITING);
      return;
    }
    this.#composer.setText("");
    byId("welcome").hidden = true;
    this.#answering.stop();
    const question = addMessage(this.conversation, "user", text, this.#editing?.parentId);
    this.#edit(null);
    this.#list.show(shownVersions(this.conversation));
    await this.#store.save(this.conversation, { changed: [question] });
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
    if (id !== this.conversation.id) await this.#load(id);
  }

  focusInput() {
    this.#composer.focus();
  }

  copyLast() {
    const last = shownMessages(this.conversation).findLast(({ role }) => role === "assistant");
    if (last !== undefined) void copyText(last.content).then((done) => this.#say(done ? "Copied." : "Not copied."));
  }

  /** Stops the answer, or closes what lies over the conversation. */
  escape() {
    byId("layout").classList.remove("listing");
    if (this.#answering.isRunning) this.#answering.stop();
    else if (this.#editing !== null) this.#edit(null);
  }

  /** @param {string} id */
  async #load(id) {
    this.#answering.stop();
    const found = await this.#store.load(id);
    if (found === null) return;
    this.conversation = found;
    this.#show();
  }

  #show() {
    this.#edit(null);
    const { messages, title } = this.conversation;
    byId("welcome").hidden = messages.length > 0;
    showWelcome(byId("welcome"), this.model, this.#unknownFor, (question) => void this.ask(question));
    this.#list.show(shownVersions(this.conversation));
    this.#list.goToEnd();
    this.#inspectLast();
    document.title = title === "" ? "Chat · AI-Block" : `${title} · AI-Block`;
    void this.#store.refresh();
  }

  #inspectLast() {
    const answer = shownMessages(this.conversation).findLast(
      ({ role, details }) => role === "assistant" && details?.state_root !== undefined,
    );
    if (answer === undefined) this.#inspector.showEmpty(this.model?.experts_per_layer ?? []);
    else this.#inspector.show(answer, sharesOf(answer));
  }

  /** @param {import("./messageList.js").ListAction} action @param {string} id */
  #act(action, id) {
    const message = this.conversation.messages.find((candidate) => candidate.id === id);
    if (message === undefined) return;
    if (action === "copy") {
      const button = this.#list.elementOf(id)?.querySelector("[data-action=copy]");
      if (button instanceof HTMLElement) void showCopied(button, message.content);
    } else if (action === "inspect") {
      this.#inspector.show(message, sharesOf(message));
      this.#inspector.setOpen(true);
    } else if (this.#answering.isRunning) {
      this.#composer.setNote(WAITING);
    } else {
      this.#answering.stop();
      if (action === "edit") this.#edit(message);
      else if (action === "again") this.#answerAgain(message);
      else if (action === "delete") void this.#remove(message);
      else this.#switch(message, action);
    }
  }

  /** @param {import("./conversation.js").Message} answer */
  #answerAgain(answer) {
    this.#edit(null);
    const question = this.conversation.messages.find(({ id }) => id === answer.parentId);
    void this.#answering.answer(this.conversation, question);
  }

  /** @param {import("./conversation.js").Message} message */
  async #remove(message) {
    const { conversation } = this;
    const removal = removalOfMessage(conversation, message);
    const shown = new Set(shownMessages(conversation));
    const hidden = removal.removed.filter((removed) => !shown.has(removed)).length;
    const about = `Its other versions, which are not shown now, go with it: ${plural(hidden, "message")}.`;
    if (hidden > 0 && !(await confirmed("Delete this message?", about))) return;
    remove(conversation, removal);
    this.#changed();
    if (conversation.messages.length === 0) this.#show();
    await this.#store.save(conversation, { changed: removal.moved, removed: removal.removed });
  }

  /** Shows the version before or after this one. @param {import("./conversation.js").Message} message @param {"earlier" | "later"} action */
  #switch(message, action) {
    const versions = versionsOf(this.conversation, message);
    const at = versions.indexOf(message) + (action === "later" ? 1 : -1);
    const version = versions[at];
    if (version === undefined) return;
    showVersion(this.conversation, version);
    this.#changed();
    const button = this.#list.elementOf(version.id)?.querySelector(`[data-action=${action}]`);
    if (button instanceof HTMLElement) button.focus({ preventScroll: true });
    if (version.role === "assistant") this.#inspector.show(version, sharesOf(version));
    this.#announcer.say(`Version ${at + 1} of ${versions.length}.`);
    void this.#store.save(this.conversation, {});
  }

  /** Other messages are shown now; the reader stays where the change was. */
  #changed() {
    this.#edit(null);
    this.#list.stay();
    this.#list.show(shownVersions(this.conversation));
    this.#inspectLast();
  }

  /** @param {import("./conversation.js").Message | null} question */
  #edit(question) {
    if (this.#editing !== null) this.#list.elementOf(this.#editing.id)?.classList.remove("editing");
    if (question === null && this.#editing !== null) this.#composer.setText("");
    this.#editing = question;
    this.#composer.setNote(question === null ? "" : "Sending asks anew; the earlier version is kept. Esc leaves it.");
    if (question === null) return;
    this.#list.elementOf(question.id)?.classList.add("editing");
    this.#composer.setText(question.content);
    this.focusInput();
  }

  /** @param {string} text */
  #say(text) {
    this.#announcer.say(text);
    this.#composer.setNote(text);
  }
}
