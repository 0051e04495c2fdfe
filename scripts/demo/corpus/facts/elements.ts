/** Chemical elements and their symbols. */
import { capitalised, pairsOf, type Relation } from "./relation.ts";

export const ELEMENTS = pairsOf(
  "hydrogen:H|helium:He|lithium:Li|beryllium:Be|boron:B|carbon:C|nitrogen:N|oxygen:O|fluorine:F|neon:Ne|sodium:Na|magnesium:Mg|aluminium:Al|silicon:Si|phosphorus:P|sulfur:S|chlorine:Cl|argon:Ar|potassium:K|calcium:Ca|scandium:Sc|titanium:Ti|vanadium:V|chromium:Cr|manganese:Mn|iron:Fe|cobalt:Co|nickel:Ni|copper:Cu|zinc:Zn|gallium:Ga|germanium:Ge|arsenic:As|selenium:Se|bromine:Br|krypton:Kr|rubidium:Rb|strontium:Sr|yttrium:Y|zirconium:Zr|niobium:Nb|molybdenum:Mo|technetium:Tc|ruthenium:Ru|rhodium:Rh|palladium:Pd|silver:Ag|cadmium:Cd|indium:In|tin:Sn|antimony:Sb|tellurium:Te|iodine:I|xenon:Xe|caesium:Cs|barium:Ba|lanthanum:La|cerium:Ce|neodymium:Nd|tantalum:Ta|tungsten:W|osmium:Os|iridium:Ir|platinum:Pt|gold:Au|mercury:Hg|thallium:Tl|lead:Pb|bismuth:Bi|polonium:Po|radon:Rn|radium:Ra|thorium:Th|uranium:U|plutonium:Pu",
);

export const elements: readonly Relation[] = [
  {
    domain: "elements",
    name: "symbol-of",
    kind: "element",
    facts: ELEMENTS.map(([element, symbol]) => ({
      subject: element,
      answer: `The chemical symbol of ${element} is ${symbol}.`,
      keyFacts: [symbol],
    })),
    templates: [
      "what is the chemical symbol of {}?",
      "what is the symbol for {}?",
      "what's the symbol of {}?",
      "chemical symbol of {}?",
      "symbol of {}?",
      "which symbol does {} have?",
      "tell me the chemical symbol of {}.",
      "what is the symbol of the element {}?",
      "what letters stand for {} in chemistry?",
      "give me the symbol for {}.",
      "how is {} written in chemistry?",
      "the symbol for {} is?",
      "what is the chemical symbol for {}?",
      "which chemical symbol has {}?",
      "the symbol for {}, what is it?",
      "which symbol is used for {}?",
      "what stands for {} in chemistry?",
      "can you say the chemical symbol of {}?",
    ],
    heldOut: [
      "can you tell me the symbol of {}?",
      "the chemical symbol for {}, what is it?",
      "which symbol stands for {}?",
    ],
    another: ["and of {}?", "what about {}?", "and {}?", "and the symbol of {}?", "how about {}?", "and for {}?"],
    same: ["and its symbol?", "what is its symbol?", "and its chemical symbol?", "which symbol does it have?"],
  },
  {
    domain: "elements",
    name: "element-of",
    kind: "symbol",
    facts: ELEMENTS.map(([element, symbol]) => ({
      subject: symbol,
      answer: `${symbol} is ${element}.`,
      keyFacts: [capitalised(element)],
    })),
    templates: [
      "which element is {}?",
      "what element is {}?",
      "which element has the symbol {}?",
      "what does the symbol {} stand for?",
      "{} is the symbol of which element?",
      "what element has the chemical symbol {}?",
      "the chemical symbol {} is which element?",
      "name the element with the symbol {}.",
      "what is {} in chemistry?",
      "in chemistry, what is {}?",
      "which element does {} stand for?",
      "what element does the symbol {} mean?",
      "tell me which element {} is.",
      "the symbol {} means which element?",
    ],
    heldOut: ["which element does the symbol {} mean?", "tell me which element has the symbol {}."],
    another: ["and {}?", "what about {}?", "how about {}?", "and which is {}?"],
  },
];
