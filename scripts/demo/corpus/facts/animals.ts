/** Animals: sounds, young, legs, food. */
import { capitalised, type Fact, pairsOf, type Relation, withArticle } from "./relation.ts";

const SOUNDS =
  "dog:barks|cat:meows|cow:moos|sheep:bleats|goat:bleats|pig:oinks|horse:neighs|donkey:brays|duck:quacks|hen:clucks|rooster:crows|lion:roars|tiger:roars|wolf:howls|snake:hisses|bee:buzzes|frog:croaks|owl:hoots|mouse:squeaks|bird:sings|elephant:trumpets|bear:growls|crow:caws|pigeon:coos|turkey:gobbles|goose:honks|cricket:chirps|monkey:chatters|hyena:laughs|seal:barks";
const YOUNG =
  "dog:puppy|cat:kitten|cow:calf|sheep:lamb|goat:kid|pig:piglet|horse:foal|hen:chick|duck:duckling|lion:cub|tiger:cub|wolf:pup|bear:cub|elephant:calf|frog:tadpole|goose:gosling|swan:cygnet|owl:owlet|kangaroo:joey|deer:fawn|rabbit:kitten|fox:cub|whale:calf|seal:pup|eagle:eaglet|donkey:foal|butterfly:caterpillar|hare:leveret|giraffe:calf|camel:calf";
const LEGS =
  "dog:four|cat:four|cow:four|horse:four|sheep:four|pig:four|goat:four|lion:four|tiger:four|elephant:four|mouse:four|bear:four|wolf:four|frog:four|giraffe:four|camel:four|rabbit:four|fox:four|donkey:four|hen:two|duck:two|bird:two|owl:two|ostrich:two|penguin:two|eagle:two|goose:two|ant:six|bee:six|fly:six|butterfly:six|beetle:six|mosquito:six|cricket:six|spider:eight|scorpion:eight|octopus:no|snake:no|fish:no|worm:no|snail:no|crab:ten|lobster:ten|whale:no|shark:no";
const FOOD =
  "cow:grass|horse:grass and hay|sheep:grass|rabbit:grass and vegetables|panda:bamboo|koala:eucalyptus leaves|lion:meat|tiger:meat|wolf:meat|shark:fish|penguin:fish|seal:fish|bear:berries, fish and meat|monkey:fruit and leaves|squirrel:nuts|mouse:seeds and grain|elephant:grass and leaves|giraffe:leaves|bee:nectar and pollen|butterfly:nectar|spider:insects|frog:insects|owl:mice|snake:mice and other small animals|eagle:fish and small animals|hen:grain and worms|cat:meat|dog:meat and dog food|goat:grass and leaves|pig:almost everything|anteater:ants|silkworm:mulberry leaves|crocodile:meat|whale:krill and fish|deer:grass and leaves|camel:dry grass and thorns|parrot:seeds and fruit|bat:insects and fruit|hedgehog:insects and worms|fox:mice and berries";

function factsOf(
  table: string,
  answer: (animal: string, what: string) => string,
  key: (what: string) => string,
): Fact[] {
  return pairsOf(table).map(([animal, what]) => ({
    subject: withArticle(animal),
    answer: capitalised(answer(animal, what)),
    keyFacts: [key(what)],
  }));
}

export const animals: readonly Relation[] = [
  {
    domain: "animals",
    name: "sound-of",
    kind: "animal",
    facts: factsOf(
      SOUNDS,
      (animal, sound) => `${withArticle(animal)} ${sound}.`,
      (sound) => sound,
    ),
    templates: [
      "what sound does {} make?",
      "which sound does {} make?",
      "what noise does {} make?",
      "what does {} sound like?",
      "tell me the sound of {}.",
      "the sound of {}?",
      "which noise does {} make?",
      "how does {} sound?",
      "what is the sound of {}?",
      "what kind of sound does {} make?",
    ],
    heldOut: ["can you tell me what sound {} makes?", "what sound comes from {}?", "which kind of noise does {} make?"],
    another: ["and {}?", "what about {}?", "how about {}?", "and the sound of {}?"],
    same: ["and what sound does it make?", "which sound does it make?", "and its sound?"],
  },
  {
    domain: "animals",
    name: "young-of",
    kind: "animal",
    facts: factsOf(
      YOUNG,
      (animal, young) => `the young of ${withArticle(animal)} is called ${withArticle(young)}.`,
      (young) => young,
    ),
    templates: [
      "what is the young of {} called?",
      "what is the baby of {} called?",
      "what do you call the young of {}?",
      "what do you call the baby of {}?",
      "the young of {}?",
      "the baby of {} is called?",
      "what is the name for the young of {}?",
      "how is the baby of {} called?",
      "which name has the young of {}?",
      "tell me what the young of {} is called.",
    ],
    heldOut: [
      "can you tell me what the baby of {} is called?",
      "what name do you give the young of {}?",
      "the baby of {}, what is it called?",
    ],
    another: ["and of {}?", "and {}?", "what about {}?", "and the young of {}?"],
    same: ["and its young?", "what is its baby called?", "and its baby?", "how is its young called?"],
  },
  {
    domain: "animals",
    name: "legs-of",
    kind: "animal",
    facts: factsOf(
      LEGS,
      (animal, legs) => `${withArticle(animal)} has ${legs} ${animal === "octopus" ? "legs but eight arms" : "legs"}.`,
      (legs) => `${legs} legs`,
    ),
    templates: [
      "how many legs does {} have?",
      "how many legs has {}?",
      "number of legs of {}?",
      "tell me how many legs {} has.",
      "what number of legs does {} have?",
      "on how many legs does {} walk?",
      "legs of {}?",
      "do you know how many legs {} has?",
      "how many legs are there on {}?",
      "{} has how many legs?",
      "what is the number of legs {} has?",
      "can you say how many legs {} has?",
    ],
    heldOut: ["can you tell me how many legs {} has?", "what is the number of legs of {}?"],
    another: ["and {}?", "what about {}?", "how about {}?", "and how many has {}?"],
    same: ["and how many legs does it have?", "how many legs has it?", "and its legs?"],
  },
  {
    domain: "animals",
    name: "food-of",
    kind: "animal",
    facts: factsOf(
      FOOD,
      (animal, food) => `${withArticle(animal)} eats ${food}.`,
      (food) => `eats ${food}`,
    ),
    templates: [
      "what does {} eat?",
      "what is the food of {}?",
      "which food does {} eat?",
      "tell me what {} eats.",
      "what do I feed {}?",
      "the food of {}?",
      "what kind of food does {} eat?",
      "what does {} like to eat?",
      "on what does {} feed?",
      "what does {} live on?",
      "what does {} normally eat?",
      "what does {} mostly eat?",
      "what does {} often eat?",
      "usually, what does {} eat?",
      "what kinds of food does {} eat?",
      "do you know what {} eats?",
      "what is eaten by {}?",
    ],
    heldOut: ["can you tell me what {} eats?", "what food does {} eat?", "what does {} usually eat?"],
    another: ["and {}?", "what about {}?", "how about {}?", "and the food of {}?"],
    same: ["and what does it eat?", "what is its food?", "and its food?"],
  },
];
