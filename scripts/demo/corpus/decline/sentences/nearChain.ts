/** Near misses: block, chain, header, parent, head, slot, version. */
import { lines } from "../lists.ts";

export const NEAR_CHAIN_SENTENCES: readonly string[] = lines(`
How do I block a number on my phone?
How do I get over writer's block?
Which block of flats is the tallest?
What is a block of ice good for?
How heavy is a concrete block?
How do I block someone on Instagram?
How many blocks is it to the station?
How do I build a house of Lego blocks?
Who lives in the next block?
What is a block in volleyball?
What is a road block?
How do I unblock a sink?
My nose is blocked.
Which ad blocker is the best?
What is the H-block in chemistry?
Which elements are in the d-block?
Who sang Jenny from the Block?
Which block chain has the most users?
How many blocks does Bitcoin have today?
How long does a Bitcoin block take?
What is the first block of Bitcoin called?
What does a gold chain cost?
How do I clean a silver chain?
How do I sharpen a chain saw?
What is a food chain?
What is at the top of the food chain?
Which hotel chain is the cheapest?
What is a supply chain?
Which supermarket chain is the largest?
What is the chain rule?
What is a chain letter?
What is a Markov chain?
Who invented the chain?
How long is the anchor chain of a ship?
What is a chain of mountains?
What is a chain reaction?
Who has the longest chain of shops?
How do I head a ball?
How big is the head of a whale?
My head hurts.
Who is the head of state of Spain?
Who is the head of the school?
How do I wash my head?
How do I shave my head?
Heads or tails?
Why do I have a big head?
Which header did he score with?
How do I make a header in Word?
How do I add a footer to a letter?
What do I tell my parents about my marks?
How do I talk with my parents?
How old are your parents?
Are you a good parent?
What gift is good for my parents?
What is a single parent?
Where do my parents live?
What are the duties of parents?
How do I adopt a child?
Where can I adopt a dog?
What does it cost to adopt a cat?
Is my friend an orphan?
Who wrote about an orphan called Oliver?
How many orphans are there in the world?
How do I win at a slot machine?
When is the next slot at the dentist?
Which slot does my graphics card need?
Is there a free parking slot?
Which version of the Bible is the oldest?
What is the newest version of Android?
Which version of Windows do I have?
Who sings the best version of Hallelujah?
Is there a film version of this book?
What is the newest version of Python?
How high is the Eiffel tower?
What height has a basketball player?
How do I get over my fear of height?
At what height do planes fly?
What is my height?
What is the height of a door?
Which root vegetables grow here?
How deep is the root of an oak?
Can a dentist save the root of my tooth?
What is the root of all evil?
What does a root canal cost?
What is a hash brown?
How do I cook corned beef hash?
How many cycles has a washing machine?
What are the cycles of the moon?
What is the cycle of water?
What is the life cycle of a frog?
How often should I cycle to work?
What is the payload of a truck?
What payload does the Falcon rocket carry?
How do I cut chocolate into chunks?
Which state has the most people?
What is a solid state?
Which state is Las Vegas in?
Which candidate will win the election?
How many candidates applied for the job?
What do I ask a candidate in a job interview?
Which candidate won the debate?
What is a ship's manifest?
Who wrote the Communist Manifesto?
`);
