import fc from "fast-check";
import {
  removalOfMessage,
  remove,
  rooted,
  shownMessages,
  shownVersions,
  showVersion,
  versionsOf,
} from "../../../frontend/chat/branches.js";
import { addMessage, newConversation } from "../../../frontend/chat/conversation.js";
import { exportText, parseExport } from "../../../frontend/chat/exportFile.js";

type Conversation = ReturnType<typeof newConversation>;

/** What a person does; the number chooses one of the messages that are shown. */
type Step = ["ask" | "again" | "edit" | "earlier" | "later" | "delete", number];

const steps = fc.array(
  fc.tuple(
    fc.constantFrom<Step[0]>("ask", "ask", "again", "again", "edit", "edit", "earlier", "later", "delete"),
    fc.nat(1000),
  ),
  { maxLength: 40 },
);

function textsOf(conversation: Conversation): string[] {
  return shownMessages(conversation).map(({ content }) => content);
}

function ask(conversation: Conversation, text: string, parentId?: string | null): void {
  const question = addMessage(conversation, "user", text, parentId);
  addMessage(conversation, "assistant", `answer to ${text}`, question.id);
}

function act(conversation: Conversation, [what, choice]: Step, number: number): void {
  const path = shownMessages(conversation);
  const message = path[choice % Math.max(path.length, 1)];
  if (what === "ask" || message === undefined) ask(conversation, `question ${number}`);
  else if (what === "delete") remove(conversation, removalOfMessage(conversation, message));
  else if (what === "edit" && message.role === "user") ask(conversation, `edit ${number}`, message.parentId);
  else if (what === "again" && message.role === "assistant")
    addMessage(conversation, "assistant", `again ${number}`, message.parentId);
  else {
    const versions = versionsOf(conversation, message);
    const other = versions[versions.indexOf(message) + (what === "earlier" ? -1 : 1)];
    if (other !== undefined) showVersion(conversation, other);
  }
}

function played(all: readonly Step[]): Conversation {
  const conversation = newConversation();
  for (const [number, step] of all.entries()) act(conversation, step, number);
  return conversation;
}

test("the path goes from a first message to one that nothing follows, and every message hangs on an earlier one", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const conversation = played(all);
      const path = shownVersions(conversation);
      for (const [i, { message, at, of }] of path.entries()) {
        expect(message.parentId).toBe(path[i - 1]?.message.id ?? null);
        const versions = versionsOf(conversation, message);
        expect([versions[at - 1], versions.length]).toEqual([message, of]);
      }
      expect(conversation.messages.some(({ parentId }) => parentId === path.at(-1)?.message.id)).toBe(false);
      expect(rooted([...conversation.messages].reverse())).toEqual(conversation.messages);
    }),
    { numRuns: 200 },
  );
});

test("going to another version and back shows what was shown before", () => {
  fc.assert(
    fc.property(steps, fc.nat(1000), fc.nat(1000), (all, which, other) => {
      const conversation = played(all);
      const before = shownMessages(conversation);
      const message = before[which % Math.max(before.length, 1)];
      if (message === undefined) return;
      const versions = versionsOf(conversation, message);
      showVersion(conversation, versions[other % versions.length]!);
      showVersion(conversation, message);
      expect(shownMessages(conversation)).toEqual(before);
    }),
    { numRuns: 200 },
  );
});

test("deleting takes a message, its versions and its answers, and leaves what is shown after them", () => {
  fc.assert(
    fc.property(steps, fc.nat(1000), (all, which) => {
      const conversation = played(all);
      const before = shownMessages(conversation);
      const at = which % Math.max(before.length, 1);
      const message = before[at];
      if (message === undefined) return;
      const versions = versionsOf(conversation, message);
      const isAnswered = message.role === "user" && before[at + 1]?.role === "assistant";
      const whole = conversation.messages;
      const removal = removalOfMessage(conversation, message);
      remove(conversation, removal);
      expect(shownMessages(conversation)).toEqual(before.filter((_, i) => i < at || i > at + (isAnswered ? 1 : 0)));
      for (const version of versions) expect(conversation.messages).not.toContain(version);
      expect(whole.filter((each) => !removal.removed.includes(each))).toEqual(conversation.messages);
      expect(rooted([...conversation.messages])).toEqual(conversation.messages);
    }),
    { numRuns: 200 },
  );
});

test("a chat comes out of a file as it went in, versions and the shown path with it", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const conversation = played(all);
      const [again] = parseExport(exportText([conversation]));
      expect(textsOf(again!)).toEqual(textsOf(conversation));
      expect(shownVersions(again!).map(({ at, of }) => [at, of])).toEqual(
        shownVersions(conversation).map(({ at, of }) => [at, of]),
      );
      expect(again!.messages.map(({ id, parentId }) => [id, parentId])).toEqual(
        conversation.messages.map(({ id, parentId }) => [id, parentId]),
      );
    }),
    { numRuns: 200 },
  );
});

test("a file of version 1 is a chat without versions, in its order", () => {
  const messages = ["user", "assistant", "user", "assistant"].map((role, i) => ({
    id: `${i}`.repeat(32),
    role,
    content: `message ${i}`,
    createdMs: i,
  }));
  const chat = { id: "f".repeat(32), title: "Old", createdMs: 1, updatedMs: 2, messages };
  const [read] = parseExport(JSON.stringify({ format: "ai-block-chats", version: 1, conversations: [chat] }));
  expect(shownVersions(read!).map(({ message, at, of }) => [message.content, at, of])).toEqual(
    messages.map(({ content }) => [content, 1, 1]),
  );
});

test("a file is refused when a message follows one that is not before it, or two have the same id", () => {
  const id = (digit: string): string => digit.repeat(32);
  const file = (messages: unknown): string =>
    JSON.stringify({ format: "ai-block-chats", version: 2, conversations: [{ id: id("f"), messages }] });
  const message = (own: string, parentId: unknown): object => ({ id: own, parentId, role: "user", content: "x" });
  const [one, two] = [id("1"), id("2")];
  expect(parseExport(file([message(one, null), message(two, one)]))[0]?.messages).toHaveLength(2);
  for (const wrong of [
    [message(one, one)],
    [message(one, two), message(two, one)],
    [message(two, one), message(one, null)],
    [message(one, undefined)],
    [message(one, "__proto__")],
  ])
    expect(() => parseExport(file(wrong))).toThrow("follows one that is not there");
  expect(() => parseExport(file([message(one, null), message(one, null)]))).toThrow("same id");
  expect(() => parseExport(file([message("1", null)]))).toThrow("damaged");
});
