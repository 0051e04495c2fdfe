/** What only the score declines: none of these topics, names, templates and sentences occurs in training. */
import { lines, words } from "./lists.ts";

export const HELD_OUT_TOPICS: readonly string[] = words(
  "sailing|knitting|rugby|judo|opera|whisky|origami|sharks in films|submarines|helicopters|penicillin|diabetes|tattoos|mushroom picking|beekeeping|pottery|the Aztecs|Alexander the Great|Leonardo da Vinci|Shakespeare's sonnets|Sherlock Holmes|the Titanic|Antarctica|the Nile|tornadoes|glaciers|lasers|3D printers|quantum computers|robots in factories|pensions|passports|visas|kindergartens|snowboarding|violins|drums|karaoke|Bollywood|mythology|Zeus|Norse gods|hypnosis|massage|hairstyles|curtains|carpets|lawn mowers|barbecues|sandwiches",
);

export const HELD_OUT_PEOPLE: readonly string[] = words(
  "the president of Brazil|Johann Sebastian Bach|Muhammad Ali|Roger Federer|Jane Austen|Stephen Hawking|Nikola Tesla|Brad Pitt|the queen of Denmark|the inventor of the light bulb|my teacher|Peter Miller",
);

export const HELD_OUT_PLACES: readonly string[] = words(
  "San Francisco|Venice|Barcelona|Shanghai|Tuscany|Hawaii|Cologne|Manchester",
);

export const HELD_OUT_NOWHERE: readonly string[] = words(
  "Middle-earth|Gotham|Utah|Brittany|Westeros|Jupiter|Andalusia|Tasmania|Borland|Sylvania|Minnesota|Sardinia|Elbonia|Provence",
);

export const HELD_OUT_ODD_WORDS: readonly string[] = words(
  "porcelain|gasoline|cardboard|mithril|bacon|asphalt|a hammer|a pillow|thunder|jam|a bicycle|velvet|lemonade|a bucket",
);

export const HELD_OUT_DECLINE_TEMPLATES: readonly string[] = lines(`
What is your opinion on {t}?
Could you write me a few lines about {t}?
Where does {t} come from?
How popular is {t}?
What should I know about {t}?
Please help me with {t}.
What happened to {p}?
Where was {p} born?
Which films did {p} make?
What is the temperature in {l}?
What language do people speak in {l}?
Which river flows through {l}?
I would like the capital of {n}.
Tell me the opposite of {w}.
`);

export const HELD_OUT_DECLINE_SENTENCES: readonly string[] = lines(`
Is it cold outside?
What were the headlines this morning?
Which team won the cup final?
Compose a haiku for me.
Write a function that reverses a string.
Translate good night into Spanish.
Which pill helps against a cough?
How do I cook rice?
Give me a recipe for pancakes.
How do I get rid of ants?
Who composed the Magic Flute?
In which year did Columbus sail?
How many moons does Saturn have?
What is the deepest lake?
What is the smallest bird?
How long does light take from the sun?
Can machines think?
What is justice?
What is your favourite food?
Did you sleep well?
What is in my pocket?
Recite a poem.
How do I win at poker?
What is the cube root of eight?
Integrate sine of x.
What is the capital gains tax?
Is coffee healthy?
How do I calm a crying baby?
Which laptop should I get?
How do I remove a wine stain?
Where can I watch the game?
How do I train for a marathon?
What is the plot of Faust?
blub blub
zzz
`);
