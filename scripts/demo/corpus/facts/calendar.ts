/** Days and months: what comes after and before, and how long each is. */
import type { Fact, Relation } from "./relation.ts";

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const MONTH_DAYS = ["31", "28 or 29", "31", "30", "31", "30", "31", "31", "30", "31", "30", "31"];
const ORDINALS = [
  "first",
  "second",
  "third",
  "fourth",
  "fifth",
  "sixth",
  "seventh",
  "eighth",
  "ninth",
  "tenth",
  "eleventh",
  "twelfth",
];

function neighbours(names: readonly string[], step: 1 | -1): Fact[] {
  return names.map((name, at) => {
    const other = names[(at + step + names.length) % names.length] as string;
    // The subject first: what follows is then recalled from what was just said.
    const answer = `${step === 1 ? "After" : "Before"} ${name} comes ${other}.`;
    return { subject: name, answer, keyFacts: [other] };
  });
}

function order(names: readonly string[], what: string): Fact[] {
  return names.map((name, at) => ({
    subject: `${ORDINALS[at]} ${what}`,
    answer: `${name} is the ${ORDINALS[at]} ${what}.`,
    keyFacts: [name],
  }));
}

export const calendar: readonly Relation[] = [
  {
    domain: "calendar",
    name: "after",
    kind: "date",
    facts: [...neighbours(DAYS, 1), ...neighbours(MONTHS, 1)],
    templates: [
      "what comes after {}?",
      "what is after {}?",
      "which one comes after {}?",
      "what follows {}?",
      "what comes next after {}?",
      "tell me what comes after {}.",
      "after {} comes?",
      "what comes right after {}?",
      "which one follows {}?",
      "what is next after {}?",
      "which comes directly after {}?",
      "what is the one after {}?",
      "can you say what follows {}?",
      "do you know what comes after {}?",
      "what is directly after {}?",
      "{} is followed by what?",
    ],
    heldOut: ["can you tell me what comes after {}?", "which one is after {}?", "what comes directly after {}?"],
    another: ["and after {}?", "what about after {}?", "and what comes after {}?"],
    same: ["and after it?", "and what comes after it?"],
  },
  {
    domain: "calendar",
    name: "before",
    kind: "date",
    facts: [...neighbours(DAYS, -1), ...neighbours(MONTHS, -1)],
    templates: [
      "what comes before {}?",
      "what is before {}?",
      "which one comes before {}?",
      "what precedes {}?",
      "tell me what comes before {}.",
      "before {} comes?",
      "what comes right before {}?",
      "which one precedes {}?",
      "what was before {}?",
      "what comes just before {}?",
      "which comes directly before {}?",
      "what is the one before {}?",
      "can you say what precedes {}?",
      "do you know what comes before {}?",
      "what is directly before {}?",
      "what is just before {}?",
    ],
    heldOut: ["can you tell me what comes before {}?", "which one is before {}?", "what comes directly before {}?"],
    another: ["and before {}?", "what about before {}?", "and what comes before {}?"],
    same: ["and before it?", "and what comes before it?"],
  },
  {
    domain: "calendar",
    name: "days-in",
    kind: "date",
    facts: MONTHS.map((month, at) => ({
      subject: month,
      answer: `${month} has ${MONTH_DAYS[at]} days.`,
      keyFacts: [`${MONTH_DAYS[at]} days`],
    })),
    templates: [
      "how many days does {} have?",
      "how many days are in {}?",
      "how many days has {}?",
      "how long is {}?",
      "number of days in {}?",
      "tell me how many days {} has.",
      "what is the number of days in {}?",
      "days in {}?",
      "does {} have 30 or 31 days?",
      "how many days are there in {}?",
      "can you say how many days {} has?",
      "do you know how many days {} has?",
      "how many days does the month of {} have?",
      "how many days long is {}?",
      "the month {} has how many days?",
    ],
    heldOut: ["can you tell me how many days {} has?", "how many days does the month {} have?"],
    another: ["and {}?", "what about {}?", "and in {}?", "how about {}?"],
    same: ["and how many days does it have?", "how many days has it?"],
  },
  {
    domain: "calendar",
    name: "order",
    kind: "ordinal",
    facts: [...order(MONTHS, "month of the year"), ...order(DAYS, "day of the week")],
    templates: [
      "what is the {}?",
      "which is the {}?",
      "name the {}.",
      "tell me the {}.",
      "what's the {}?",
      "what is the {} called?",
      "the {} is?",
      "do you know the {}?",
    ],
    heldOut: ["can you tell me the {}?", "what do you call the {}?"],
    another: ["and the {}?", "what about the {}?", "how about the {}?"],
  },
];
