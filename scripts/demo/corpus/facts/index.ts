/** All relations of facts. */
import { animals } from "./animals.ts";
import { calendar } from "./calendar.ts";
import { capitals } from "./capitals.ts";
import { colours } from "./colours.ts";
import { elements } from "./elements.ts";
import { opposites } from "./opposites.ts";
import { plurals } from "./plurals.ts";
import type { Relation } from "./relation.ts";
import { units } from "./units.ts";

export const RELATIONS: readonly Relation[] = [
  ...capitals,
  ...elements,
  ...opposites,
  ...plurals,
  ...colours,
  ...calendar,
  ...animals,
  ...units,
];
