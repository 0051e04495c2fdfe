/** Tokens of an answer as the API shows them, kept together with the text that they made. */
import type { ChatToken } from "../../api/services/chat.ts";
import type { AnswerToken } from "../../moe/chat/answer.ts";
import type { TokenDecoder } from "../../moe/text/tokenDecoder.ts";

const text = new TextDecoder();

export function chatToken(token: AnswerToken, decoder: TokenDecoder, withRouting: boolean): ChatToken {
  const { id, logprob, topLogprobs, routing } = token;
  return {
    id,
    bytes: [...decoder.tokenBytes(id)],
    ...(logprob !== undefined && { logprob }),
    ...(topLogprobs !== undefined && {
      alternatives: topLogprobs.map((other) => {
        const bytes = decoder.tokenBytes(other.id);
        return { id: other.id, text: text.decode(bytes), bytes: [...bytes], logprob: other.logprob };
      }),
    }),
    ...(withRouting && routing !== undefined && { routing }),
  };
}
