/** Nouns and their plurals, irregular and regular. */
import { pairsOf, type Relation } from "./relation.ts";

const NOUNS = pairsOf(
  "mouse:mice|child:children|foot:feet|tooth:teeth|goose:geese|man:men|woman:women|person:people|ox:oxen|louse:lice|sheep:sheep|deer:deer|fish:fish|moose:moose|series:series|species:species|aircraft:aircraft|knife:knives|wife:wives|life:lives|leaf:leaves|loaf:loaves|half:halves|calf:calves|shelf:shelves|wolf:wolves|thief:thieves|scarf:scarves|elf:elves|self:selves|hoof:hooves|cactus:cacti|fungus:fungi|nucleus:nuclei|stimulus:stimuli|radius:radii|analysis:analyses|basis:bases|crisis:crises|thesis:theses|oasis:oases|hypothesis:hypotheses|criterion:criteria|phenomenon:phenomena|bacterium:bacteria|medium:media|datum:data|index:indices|matrix:matrices|vertex:vertices|appendix:appendices|axis:axes|city:cities|baby:babies|lady:ladies|country:countries|family:families|party:parties|story:stories|berry:berries|fly:flies|puppy:puppies|butterfly:butterflies|library:libraries|factory:factories|enemy:enemies|army:armies|bus:buses|box:boxes|fox:foxes|glass:glasses|class:classes|dress:dresses|watch:watches|church:churches|beach:beaches|peach:peaches|brush:brushes|dish:dishes|bush:bushes|wish:wishes|tax:taxes|potato:potatoes|tomato:tomatoes|hero:heroes|echo:echoes|volcano:volcanoes|photo:photos|piano:pianos|radio:radios|zoo:zoos|kangaroo:kangaroos|roof:roofs|chief:chiefs|belief:beliefs|cliff:cliffs|boy:boys|toy:toys|day:days|key:keys|monkey:monkeys|donkey:donkeys|valley:valleys|dog:dogs|cat:cats|house:houses|horse:horses|book:books|table:tables|chair:chairs|tree:trees|flower:flowers|car:cars|train:trains|ship:ships|bird:birds|apple:apples|orange:oranges|banana:bananas|egg:eggs|window:windows|door:doors|pen:pens|pencil:pencils|river:rivers|mountain:mountains|island:islands|star:stars|planet:planets|cloud:clouds|king:kings|queen:queens|friend:friends|teacher:teachers|student:students|doctor:doctors|expert:experts|block:blocks|node:nodes|chain:chains|token:tokens|computer:computers|machine:machines|shoe:shoes|hat:hats|shirt:shirts|bottle:bottles|cup:cups|bridge:bridges|road:roads|street:streets|passer-by:passers-by|mother-in-law:mothers-in-law|policeman:policemen|fireman:firemen|snowman:snowmen|grandchild:grandchildren",
);

export const plurals: readonly Relation[] = [
  {
    domain: "plurals",
    name: "plural-of",
    kind: "singular",
    facts: NOUNS.map(([one, many]) => ({
      subject: one,
      answer: `The plural of ${one} is ${many}.`,
      keyFacts: [`plural of ${one} is ${many}`],
    })),
    templates: [
      "what is the plural of {}?",
      "what's the plural of {}?",
      "plural of {}?",
      "tell me the plural of {}.",
      "the plural of {} is?",
      "which is the plural form of {}?",
      "give me the plural of {}.",
      "one {}, two what?",
      "how do you say {} in the plural?",
      "what is the plural form of {}?",
      "name the plural of {}.",
      "{}: what is the plural?",
      "do you know the plural of {}?",
    ],
    heldOut: ["can you tell me the plural of {}?", "how do I write {} in the plural?", "the plural of {}, please."],
    another: ["and of {}?", "what about {}?", "and {}?", "and the plural of {}?", "how about {}?"],
  },
];
