/** Near misses: vote, validator, reward, mining, rules, loss. */
import { lines } from "../lists.ts";

export const NEAR_JUDGING_SENTENCES: readonly string[] = lines(`
Who won the vote in Italy?
How do I vote by mail?
At what age may I vote?
When could women vote for the first time?
Who may vote in Switzerland?
Whom should I vote for?
How many votes did the president get?
Where do I vote?
Is it a duty to vote in Australia?
How many votes does a law need in the senate?
How many members make a quorum in parliament?
How are votes counted in America?
What reward is there for my lost dog?
How do I reward my child?
What reward does the sheriff pay?
Which credit card has the best rewards?
How do I use my reward points for flights?
What is the reward for a Bitcoin block?
How do I reward a puppy?
How do I earn money as a student?
How much does a doctor earn?
How much does a teacher earn in Germany?
How can I earn a million?
Who earns the most in football?
What did coal miners eat?
How deep is a gold mine?
Which miner found the largest nugget?
How dangerous is the work of a miner?
How much power does Bitcoin mining need?
Which card is best for mining Ethereum?
Who owns the diamond mine?
What is a canary in a coal mine?
How do I stamp my ticket at the validator on the bus?
Where is the ticket validator in the tram?
Is there a validator for HTML?
How much does an Ethereum validator earn?
What must an Ethereum validator stake?
How do I deal with the loss of a friend?
How do I stop hair loss?
How do I declare a loss in my tax return?
What was the loss of the airline last year?
How do I cope with weight loss?
Which team had the worst loss?
What are the rules of golf?
What is the golden rule?
Who rules England?
What is the rule of three?
What is the off-side rule?
Which rules hold in our school?
Who is the judge in this trial?
How do I become a judge?
How does a judge decide a divorce?
What does a judge wear?
Who publishes Harry Potter?
Which publisher takes my novel?
How do I find a publisher for my book?
Who is the author of Dracula?
Which author won the Nobel prize?
Which author wrote the most books?
Who is your favourite author?
Is the author of the Hobbit still alive?
What is a ledger line in music?
What is a Ledger wallet?
What did Heath Ledger die of?
How do I improve my English?
How do I improve my handwriting?
How do I improve my golf swing?
How can I improve my sleep?
How do I improve my marks at school?
How can I improve the mood of my wife?
What do I offer guests to drink?
Which shop has offers today?
What is a fair offer for my car?
`);
