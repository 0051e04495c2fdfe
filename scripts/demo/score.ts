/** Scores answers to the held-out questions, domain by domain, and shows each miss. */
import { DECLINE_ANSWER } from "./corpus/decline/decline.ts";
import type { HeldOutItem } from "./corpus/types.ts";

export interface Miss {
  readonly item: HeldOutItem;
  /** `undefined`: there was none. */
  readonly answer: string | undefined;
}

export interface DomainScore {
  readonly domain: string;
  readonly right: number;
  readonly total: number;
  /** Answers that decline although the question has one. In the domain `decline` always 0. */
  readonly wronglyDeclined: number;
}

export interface Scores {
  readonly domains: readonly DomainScore[];
  readonly misses: readonly Miss[];
}

/** Domains in the order of their first item. `answers`: by the id of the item. */
export function scoreAnswers(items: readonly HeldOutItem[], answers: ReadonlyMap<string, string>): Scores {
  const domains = new Map<string, { right: number; total: number; wronglyDeclined: number }>();
  const misses: Miss[] = [];
  for (const item of items) {
    const domain = domains.get(item.domain) ?? { right: 0, total: 0, wronglyDeclined: 0 };
    domains.set(item.domain, domain);
    domain.total += 1;
    const answer = answers.get(item.id);
    if (answer !== undefined && isRight(item, answer)) {
      domain.right += 1;
      continue;
    }
    if (item.expected !== DECLINE_ANSWER && answer !== undefined && plain(answer) === plain(DECLINE_ANSWER)) {
      domain.wronglyDeclined += 1;
    }
    misses.push({ item, answer });
  }
  return { domains: [...domains].map(([domain, counts]) => ({ domain, ...counts })), misses };
}

/**
 * The expected answer, or one that says every key fact. Sums are judged by their last number alone: a right step with a
 * wrong result is wrong.
 */
export function isRight(item: HeldOutItem, answer: string): boolean {
  if (plain(answer) === plain(item.expected)) return true;
  if (isSum(item)) return lastNumber(answer) !== undefined && lastNumber(answer) === lastNumber(item.expected);
  if (item.expected !== DECLINE_ANSWER && plain(answer) === plain(DECLINE_ANSWER)) return false;
  const said = ` ${plain(answer)} `;
  return item.keyFacts.every((fact) => fact.split("|").some((one) => said.includes(` ${plain(one)} `)));
}

function isSum({ expected }: HeldOutItem): boolean {
  return /The answer is \d+\.$/.test(expected);
}

function lastNumber(text: string): string | undefined {
  return text.match(/\d+/g)?.at(-1);
}

/** Case, punctuation and spacing do not count. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** The scores as lines of text, then each miss. */
export function scoreReport({ domains, misses }: Scores): string {
  const lines = domains.map(({ domain, right, total, wronglyDeclined }) => {
    const declined = wronglyDeclined === 0 ? "" : `, ${wronglyDeclined} declined`;
    return `${domain.padEnd(24)} ${right} of ${total} (${((100 * right) / total).toFixed(1)} %${declined})`;
  });
  for (const { item, answer } of misses) {
    const asked = item.messages.map(({ content }) => content).join(" / ");
    lines.push(`miss [${item.domain}] ${asked}`, `  expected: ${item.expected}`, `  got:      ${answer ?? "nothing"}`);
  }
  return lines.join("\n");
}
