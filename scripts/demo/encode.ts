/** Conversations as token ids, with a mask of what is learnt: the assistant's words and the end of each answer. */
import type { Tokenizer } from "../../src/moe/text/tokenizer.ts";
import type { Document } from "../../src/moe/training/batch/packedBatches.ts";
import { ASSISTANT_TOKEN, END_TOKEN } from "./chatTemplate.ts";
import type { Conversation } from "./corpus/types.ts";

/**
 * The conversation as the chat template renders it. `targets[i]` says whether token i is one to be predicted.
 * Throws `chat_template_raised` for roles that the template does not know.
 */
export function encodeConversation({ messages }: Conversation, tokenizer: Tokenizer): Required<Document> {
  const tokens = tokenizer.encodeChat(
    messages.map(({ role, content }) => ({ role, content })),
    { addGenerationPrompt: false },
  );
  const assistant = tokenizer.idOf(ASSISTANT_TOKEN);
  const end = tokenizer.idOf(END_TOKEN);
  let speaks = false;
  const targets = tokens.map((id) => {
    const isTarget = speaks;
    if (id === assistant) speaks = true;
    if (id === end) speaks = false;
    return isTarget;
  });
  return { tokens, targets };
}

export function encodeConversations(
  conversations: readonly Conversation[],
  tokenizer: Tokenizer,
): Required<Document>[] {
  return conversations.map((conversation) => encodeConversation(conversation, tokenizer));
}
