/** Sentences around a thing (`what`) or an action (`how`) of a project question. `X` is replaced. */
import type { ProjectQuestion } from "./question.ts";

const WHAT_FRAMES = [
  "What is X?",
  "What's X?",
  "Explain X.",
  "Tell me about X.",
  "What does X mean?",
  "Define X.",
  "What do you mean by X?",
  "Can you describe X?",
  "X, what is that?",
  "I don't know what X is.",
  "Tell me what X is.",
  "Explain what X is.",
] as const;

const HOW_FRAMES = [
  "How do I X?",
  "How can I X?",
  "How to X?",
  "What do I do to X?",
  "I want to X.",
  "What is the way to X?",
  "Explain how to X.",
  "Show me how to X.",
  "How does one X?",
  "What do I need to do to X?",
  "Is there a way to X?",
  "Help me X.",
  "Tell me how to X.",
] as const;

/** Wordings from frames: distinct, in the order of the frames. */
export function framedWordings({ what = [], how = [] }: ProjectQuestion): string[] {
  const wordings = [
    ...what.flatMap((thing) => WHAT_FRAMES.map((frame) => fill(frame, thing))),
    ...how.flatMap((action) => HOW_FRAMES.map((frame) => fill(frame, action))),
  ];
  return [...new Set(wordings)];
}

function fill(frame: string, text: string): string {
  const filled = frame.replace("X", () => text);
  return filled.charAt(0).toUpperCase() + filled.slice(1);
}
