/** Greetings, thanks, goodbyes, and questions about the assistant itself. The last two wordings of each are held out. */
import { canDo, who } from "./assistant.ts";
import { ok, sorry } from "./judgement.ts";
import { bye, hello, howAreYou } from "./meeting.ts";
import { languages, whoMadeYou } from "./origin.ts";
import { praise, thanks } from "./replies.ts";

export interface SmallTalk {
  readonly id: string;
  readonly answer: string;
  readonly facts: readonly string[];
  readonly ask: readonly string[];
}

export const SMALL_TALK: readonly SmallTalk[] = [
  hello,
  who,
  canDo,
  howAreYou,
  thanks,
  praise,
  bye,
  sorry,
  ok,
  whoMadeYou,
  languages,
];
