/** What the parts of `npm run torture -- http` print: the numbers of one part, and one line for each at the end. */
import type { Finding, Part } from "./part.ts";

export interface Outcome {
  readonly part: Part;
  readonly seconds: number;
  readonly findings: readonly Finding[];
  /** Why the part did not come to its end. */
  readonly failure?: string;
}

/** Every number beside its aim. */
export function numbers({ findings }: Outcome): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  return findings
    .map((finding) => `  ${finding.met ? "ok    " : "MISSED"}  ${finding.what.padEnd(width)}  ${measured(finding)}`)
    .join("\n");
}

/** A line for each part, and what missed its aim once more. */
export function summary(parts: readonly Part[], outcomes: readonly Outcome[]): string {
  const width = Math.max(...parts.map(({ name }) => name.length));
  return parts
    .flatMap((part) => {
      const name = part.name.padEnd(width);
      const outcome = outcomes.find((each) => each.part === part);
      if (outcome === undefined) return [`  ${name}  not run`];
      const { seconds, findings, failure } = outcome;
      const time = `${seconds.toFixed(0)} s`.padStart(5);
      if (failure !== undefined) return [`  ${name}  ${time}  FAILED: ${failure}`];
      const aims = findings.filter(({ aim }) => aim !== "").length;
      const missed = findings.filter(({ met }) => !met);
      return [
        `  ${name}  ${time}  ${aims - missed.length} of ${aims} aims met`,
        ...missed.map((finding) => `  ${"".padEnd(width)}         MISSED  ${finding.what}: ${measured(finding)}`),
      ];
    })
    .join("\n");
}

function measured({ value, unit, aim }: Finding): string {
  return `${`${numberText(value)} ${unit}`.padEnd(24)} ${aim}`.trimEnd();
}

function numberText(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en-US") : value.toPrecision(3);
}
