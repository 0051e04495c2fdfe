/**
 * A question about AI-Block: one canonical answer, what a right answer must say, and how people ask.
 *
 * `ask` are wordings written one by one; two of them are held out for the score. `what` (a thing) and `how` (an action)
 * are put into the frames of `frames.ts`, which gives further training wordings.
 */
export interface ProjectQuestion {
  readonly id: string;
  /** One or two short sentences, at most 40 words. */
  readonly answer: string;
  /** Every one must occur in a right answer; `|` separates alternatives. */
  readonly facts: readonly string[];
  readonly what?: readonly string[];
  readonly how?: readonly string[];
  readonly ask: readonly string[];
  /** What people ask next, in words that mean something only after this answer. */
  readonly next?: readonly ProjectFollowUp[];
}

export interface ProjectFollowUp {
  readonly ask: readonly string[];
  readonly answer: string;
  readonly facts: readonly string[];
}
