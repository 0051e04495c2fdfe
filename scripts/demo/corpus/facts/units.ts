/** How many of a unit make another, and what a unit measures. */
import { capitalised, type Fact, pairsOf, type Relation } from "./relation.ts";

/** small unit, large unit: how many. */
const AMOUNTS = pairsOf(
  "metres,kilometre:1000|centimetres,metre:100|millimetres,metre:1000|millimetres,centimetre:10|grams,kilogram:1000|kilograms,tonne:1000|milligrams,gram:1000|millilitres,litre:1000|centilitres,litre:100|seconds,minute:60|minutes,hour:60|hours,day:24|days,week:7|weeks,year:52|months,year:12|days,year:365|years,decade:10|years,century:100|years,millennium:1000|decades,century:10|seconds,hour:3600|bits,byte:8|bytes,kibibyte:1024|kibibytes,mebibyte:1024|mebibytes,gibibyte:1024|inches,foot:12|feet,yard:3|ounces,pound:16|degrees,circle:360|degrees,right angle:90|things,dozen:12|things,score:20|cents,euro:100|cents,dollar:100|pence,pound sterling:100|decimetres,metre:10|milliseconds,second:1000|microseconds,millisecond:1000|watts,kilowatt:1000|days,leap year:366|quarters,year:4|months,quarter:3|hectares,square kilometre:100|pints,gallon:8|sides,triangle:3|sides,square:4|sides,hexagon:6|sides,pentagon:5|sides,octagon:8",
);
const MEASURES = pairsOf(
  "metre:length|kilogram:mass|second:time|ampere:electric current|kelvin:temperature|volt:electric voltage|watt:power|joule:energy|newton:force|hertz:frequency|pascal:pressure|litre:volume|ohm:electric resistance|decibel:loudness|byte:data|hectare:area|mile:length|gram:mass|hour:time|degree Celsius:temperature|kilometre:length|ton:mass|inch:length|lumen:light|calorie:energy",
);

const article = (noun: string): string => (/^[aeio]|^hour/.test(noun) ? `an ${noun}` : `a ${noun}`);

const amountFacts: Fact[] = AMOUNTS.map(([pair, amount]) => {
  const [small = "", large = ""] = pair.split(",");
  return {
    subject: `${small}|${article(large)}`,
    answer: `${capitalised(article(large))} has ${amount} ${small}.`,
    keyFacts: [`${amount} ${small}`],
  };
});

export const units: readonly Relation[] = [
  {
    domain: "units",
    name: "amount-of",
    kind: "amount",
    facts: amountFacts,
    templates: [
      "how many {0} are in {1}?",
      "how many {0} has {1}?",
      "how many {0} does {1} have?",
      "{1} has how many {0}?",
      "how many {0} are there in {1}?",
      "how many {0} make {1}?",
      "number of {0} in {1}?",
      "tell me how many {0} {1} has.",
      "what is the number of {0} in {1}?",
      "how many {0} go into {1}?",
      "{0} in {1}?",
      "{1} contains how many {0}?",
      "how many {0} does {1} hold?",
      "in {1} there are how many {0}?",
      "how many {0} does {1} consist of?",
      "do you know how many {0} are in {1}?",
      "of how many {0} does {1} consist?",
    ],
    heldOut: [
      "can you tell me how many {0} are in {1}?",
      "in {1}, how many {0} are there?",
      "how many {0} does {1} contain?",
    ],
    another: ["and {0} in {1}?", "and how many {0} in {1}?", "what about {0} in {1}?"],
  },
  {
    domain: "units",
    name: "measure-of",
    kind: "unit",
    facts: MEASURES.map(([unit, quantity]) => ({
      subject: article(unit),
      answer: `${capitalised(article(unit))} is a unit of ${quantity}.`,
      keyFacts: [`unit of ${quantity}`],
    })),
    templates: [
      "what does {} measure?",
      "what is {} a unit of?",
      "what is measured with {}?",
      "{} is a unit of what?",
      "tell me what {} measures.",
      "which quantity does {} measure?",
      "for what is {} a unit?",
      "what kind of unit is {}?",
      "of what is {} the unit?",
    ],
    heldOut: ["can you tell me what {} measures?", "what do you measure with {}?"],
    another: ["and {}?", "what about {}?", "how about {}?"],
  },
];
