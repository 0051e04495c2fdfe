/** The same chats as those of chatClients.ts, asked of the chat service itself: the floor that HTTP is compared with. */
import type { ChatService } from "../../../src/api/services/chat.ts";
import { questionOf } from "./chatClients.ts";

export interface BareJob {
  readonly clients: number;
  readonly rounds: number;
  readonly maxTokens: number;
}

export async function runBareChats(chat: ChatService, job: BareJob): Promise<{ tokens: number; seconds: number }> {
  const from = performance.now();
  let tokens = 0;
  await Promise.all(
    Array.from({ length: job.clients }, async (_, client) => {
      for (let round = 0; round < job.rounds; round++) {
        const prepared = await chat.prepare({
          input: { messages: [{ role: "user", content: questionOf(client, round) }] },
          maxTokens: job.maxTokens,
          sampling: { temperature: 0 },
        });
        for await (const event of prepared.run(new AbortController().signal)) {
          if (event.type === "done") tokens += event.usage.completionTokens;
        }
      }
    }),
  );
  return { tokens, seconds: (performance.now() - from) / 1000 };
}
