/**
 * A relation between things and facts: how it is asked, and the answer for each thing.
 *
 * `{}` in a template stands for the subject. Templates in `heldOut` are never trained on: they measure whether facts are
 * found by wordings that training did not have.
 */

export const FACT_DOMAINS = [
  "capitals",
  "elements",
  "opposites",
  "plurals",
  "colours",
  "calendar",
  "animals",
  "units",
] as const;
export type FactDomain = (typeof FACT_DOMAINS)[number];

export interface Fact {
  readonly subject: string;
  readonly answer: string;
  readonly keyFacts: readonly string[];
}

export interface Relation {
  readonly domain: FactDomain;
  readonly name: string;
  readonly facts: readonly Fact[];
  readonly templates: readonly string[];
  readonly heldOut: readonly string[];
  /** Asks the same of another subject, after a question of this relation. */
  readonly another: readonly string[];
  /** Asks this of the subject that the turn before was about, after another relation of the same `kind`. */
  readonly same?: readonly string[];
  /** What the subjects are. */
  readonly kind: string;
}

/** "a:b|c:d" as pairs. Parts are trimmed. */
export function pairsOf(table: string): (readonly [string, string])[] {
  return table.split("|").map((entry) => {
    const [left = "", right = ""] = entry.split(":").map((part) => part.trim());
    if (left === "" || right === "") throw new Error(`table: expected "a:b", got "${entry}"`);
    return [left, right] as const;
  });
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function withArticle(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}

/** `{}` is the subject; `{0}` and `{1}` are the parts of a subject "a|b". */
export function fillTemplate(template: string, subject: string): string {
  const parts = subject.split("|");
  const filled = template.replaceAll("{}", () => subject).replaceAll(/\{([01])\}/g, (_, at) => parts[Number(at)] ?? "");
  return capitalised(filled);
}
