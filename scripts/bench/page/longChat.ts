/** Stored chats as the chat page exports them, of any length: questions, and answers with Markdown and their experts. */
import { EXPERTS, LAYERS } from "../../../test/e2e/pages/support/fixtureChain.ts";

/** Tokens of a stored answer whose experts are kept. */
const TOKENS = 60;

/** The text of a file that the page imports: one chat of so many messages, half of them answers. */
export function chatFile(title: string, messages: number): string {
  const chat = {
    id: messages.toString(16).padStart(32, "0"),
    title,
    createdMs: 1,
    updatedMs: 2,
    messages: Array.from({ length: messages }, (_, i) => messageOf(idOf(messages, i), i)),
  };
  return JSON.stringify({ format: "ai-block-chats", version: 1, conversations: [chat] });
}

/** The id of the last message of that chat. */
export function lastIdOf(messages: number): string {
  return idOf(messages, messages - 1);
}

function idOf(messages: number, i: number): string {
  return (messages * 10_000 + i).toString(16).padStart(32, "0");
}

function messageOf(id: string, i: number): Record<string, unknown> {
  if (i % 2 === 0)
    return { id, role: "user", content: `Question ${i}: what is a head, and how is it found?`, createdMs: i };
  return {
    id,
    role: "assistant",
    content: `Answer ${i}: a head is the **present version** of a slot.\n\n- it is *signed*\n- it is found from the blocks\n\n\`\`\`js\nconst head = ${i};\n\`\`\`\n\nThat is all that there is to say of it.`,
    createdMs: i,
    details: { model: "demo", state_root: "0".repeat(64), shape: new Array<number>(LAYERS).fill(EXPERTS) },
    tokens: Array.from({ length: TOKENS }, (_, token) => ({ text: " word", routing: routingOf(i + token) })),
  };
}

function routingOf(seed: number): { layer: number; experts: number[]; weights: number[] }[] {
  return Array.from({ length: LAYERS }, (_, layer) => {
    const first = (seed * 7 + layer * 3) % EXPERTS;
    return { layer, experts: [first, (first + 1 + (seed % (EXPERTS - 1))) % EXPERTS], weights: [0.7, 0.3] };
  });
}
