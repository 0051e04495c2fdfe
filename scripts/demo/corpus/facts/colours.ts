/** Colours of things, and what mixing gives. */
import { capitalised, pairsOf, type Relation } from "./relation.ts";

const THINGS = pairsOf(
  "the sky:blue|grass:green|snow:white|coal:black|a banana:yellow|a lemon:yellow|a tomato:red|blood:red|a strawberry:red|a cherry:red|a carrot:orange|a pumpkin:orange|an orange:orange|a plum:purple|an aubergine:purple|a cucumber:green|spinach:green|a frog:green|broccoli:green|milk:white|salt:white|sugar:white|rice:white|cotton:white|a polar bear:white|a swan:white|a raven:black|a crow:black|tar:black|chocolate:brown|coffee:brown|wood:brown|soil:brown|a chestnut:brown|a flamingo:pink|a pig:pink|an elephant:grey|a mouse:grey|ash:grey|concrete:grey|the sun:yellow|a canary:yellow|gold:yellow|silver:grey|copper:reddish brown|a sunflower:yellow|a ruby:red|an emerald:green|a sapphire:blue|the sea:blue|a poppy:red|lavender:purple|a fire engine:red|a pea:green|an avocado:green|ivory:white|butter:yellow|corn:yellow|a lobster:red|a zebra:black and white|a panda:black and white|a blueberry:blue|a raspberry:red|mustard:yellow|honey:golden|a leaf:green|a stop sign:red|sulfur:yellow|charcoal:black|paper:white",
);
const MIXES = pairsOf(
  "blue and yellow:green|yellow and blue:green|red and yellow:orange|yellow and red:orange|red and blue:purple|blue and red:purple|black and white:grey|white and black:grey|red and white:pink|white and red:pink|red and green:brown|green and red:brown|blue and white:light blue|white and blue:light blue|green and white:light green|white and green:light green",
);

export const colours: readonly Relation[] = [
  {
    domain: "colours",
    name: "colour-of",
    kind: "element",
    facts: THINGS.map(([thing, colour]) => ({
      subject: thing,
      answer: `${capitalised(thing)} is ${colour}.`,
      keyFacts: [colour],
    })),
    templates: [
      "what colour is {}?",
      "what color is {}?",
      "which colour does {} have?",
      "tell me the colour of {}.",
      "what is the colour of {}?",
      "what is the color of {}?",
      "colour of {}?",
      "of what colour is {}?",
      "do you know the colour of {}?",
      "which color is {}?",
      "what colour has {}?",
      "what colour do you give to {}?",
    ],
    heldOut: ["which colour is {}?", "can you tell me what colour {} is?", "the colour of {}?"],
    another: ["and {}?", "what about {}?", "how about {}?", "and of {}?", "and which colour is {}?"],
    same: ["and its colour?", "what colour is it?", "and which colour does it have?"],
  },
  {
    domain: "colours",
    name: "mix-of",
    kind: "mix",
    facts: MIXES.map(([mix, colour]) => ({
      subject: mix,
      answer: `${capitalised(mix)} make ${colour}.`,
      keyFacts: [`make ${colour}`],
    })),
    templates: [
      "what do you get when you mix {}?",
      "what do {} make?",
      "which colour do {} make?",
      "mix {}, what do you get?",
      "what colour do I get from {}?",
      "what is the mix of {}?",
      "if I mix {}, which colour is it?",
      "what colour do {} give?",
      "what happens when I mix {}?",
      "which color comes from mixing {}?",
    ],
    heldOut: ["which colour do I get when I mix {}?", "what colour is the mix of {}?"],
    another: ["and {}?", "what about {}?", "how about {}?"],
  },
];
