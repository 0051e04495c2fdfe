/** Science, nature, body, and history. */
import { lines } from "../lists.ts";

export const KNOWLEDGE_SENTENCES: readonly string[] = lines(`
Why is the sea salty?
Why is the grass wet in the morning?
Why do leaves fall?
Why do we yawn?
Why do we cry?
Why do we sleep?
Why do dogs bark?
Why do stars twinkle?
Why is Mars red?
Why is ice slippery?
Why do boats float?
Why did the dinosaurs die?
Why did Rome fall?
Why is the Dead Sea dead?
How do bees make honey?
How do fish breathe?
How do spiders make webs?
How do plants grow?
How do magnets work?
How do batteries work?
How do rainbows form?
How do mobile phones work?
How do microwaves work?
How do fireworks work?
How does the heart work?
How does the eye see?
How does electricity work?
How does a car engine work?
How does a toilet work?
How does a plane fly?
How does a lock work?
How does the stock market work?
How does a camera work?
How does GPS work?
How is paper made?
How is glass made?
How is cheese made?
How is wine made?
How is chocolate made?
How are diamonds made?
How are mountains formed?
How big is the sun?
How big is the moon?
How far is the moon?
How far is Mars?
How hot is the sun?
How cold is space?
How old is the universe?
How old was the oldest person?
How tall is a giraffe?
How heavy is a whale?
How fast is a cheetah?
How fast is sound?
How long does a snail sleep?
How long do cats live?
How long is the Great Wall?
How long was the hundred years' war?
How deep is the deepest sea?
How many bones are in the body?
How many planets are there?
How many countries are there?
How many languages are there?
How many continents are there?
How many oceans are there?
How many people died in the war?
How many people speak Chinese?
How many kinds of birds are there?
How many hearts does an octopus have?
How many stripes has the flag of America?
How many strings has a guitar?
How many players are in a football team?
How many cards are in a deck?
How many calories has an apple?
How much blood is in a body?
How much water should I drink?
How much sleep do I need?
What is gravity?
What is electricity?
What is an atom made of?
What is a black hole?
What is a galaxy?
What is a molecule?
What is a cell?
What is a virus?
What is a gene?
What is an acid?
What is inflation?
What is democracy?
What is a mammal?
What is a noun?
What is a metaphor?
What is a sonata?
What is a fjord?
What is a volcano?
What is an eclipse?
What is a prime minister?
What is a pronoun?
What is the sun made of?
What is the moon made of?
What is the air made of?
What is the speed of light?
What is the speed of sound?
What is the freezing point of mercury?
What is the density of gold?
What is the atomic weight of carbon?
What is the formula of salt?
What is the law of Ohm?
What is the theory of relativity?
What is the tallest building?
What is the tallest tree?
What is the longest bridge?
What is the oldest city?
What is the hottest desert?
What is the coldest place on earth?
What is the biggest island?
What is the biggest ocean?
What is the biggest dinosaur?
What is the strongest metal?
What is the rarest animal?
What is the richest country?
What is the smallest country?
What is the national dish of Japan?
What is the national animal of Scotland?
What is the currency of Sweden?
What is the religion of India?
`);
