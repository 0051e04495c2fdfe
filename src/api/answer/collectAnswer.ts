/** An answer in one piece. */
import type { ChatEvent, ChatToken } from "../services/chat.ts";
import type { Answer } from "./openAnswer.ts";

export type AnswerDone = Extract<ChatEvent, { type: "done" }>;

export interface WholeAnswer {
  readonly text: string;
  readonly tokens: readonly ChatToken[];
  readonly done: AnswerDone;
}

export async function collectAnswer(answer: Answer): Promise<WholeAnswer> {
  let text = "";
  const tokens: ChatToken[] = [];
  for await (const event of answer.events()) {
    if (event.type === "done") return { text, tokens, done: event };
    text += event.text;
    tokens.push(...event.tokens);
  }
  throw new Error("the answer ended without its last event");
}
