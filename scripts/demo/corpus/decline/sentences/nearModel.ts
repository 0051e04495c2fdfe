/** Near misses: model, expert, layer, token, memory, cache, training. */
import { lines } from "../lists.ts";

export const NEAR_MODEL_SENTENCES: readonly string[] = lines(`
Who is the best model in the world?
How do I become a fashion model?
What does a top model earn?
How tall must a model be?
Which model won the show?
How do I build a model of a ship?
Which model of car is the safest?
What is the newest model of this phone?
Where can I buy a model railway?
Who was the first top model?
What is a role model?
Who is your role model?
What is the standard model of physics?
Which model of the atom is right?
How do I paint a model plane?
What does GPT-4 cost a month?
Is Gemini better than ChatGPT?
How many parameters does GPT-5 have?
How was ChatGPT trained?
Which language model writes the best poems?
Which model should I buy, the red or the blue?
I need an expert for wine.
Which expert can value my stamps?
Who is an expert on dinosaurs?
Do you know an expert in tax law?
What do experts say about the economy?
What does an expert witness do?
How do I become an expert in chess?
Are you an expert in medicine?
What do experts think of the new law?
How do experts cut diamonds?
What is the ozone layer?
How thick is the ozone layer?
How many layers has an onion?
How many layers has the earth?
How do I bake a layer cake?
Which layer of clothes do I need in winter?
How do I add a layer in Photoshop?
What is the outer layer of the skin?
What is the top layer of a wedding cake?
What is a token ring?
What is a token of love?
Where do I get a token for the washing machine?
What is the price of a Solana token?
Which token will rise this year?
How do I get a book token?
Should I buy tokens of a new coin?
What does a subway token cost?
How do I sell my crypto tokens?
How do I improve my memory?
Why does my memory get worse?
Which fish has a short memory?
How does human memory work?
What is your first memory?
Sing Memory from Cats.
How do I play memory with my children?
How much memory does an iPhone have?
What is a memory foam mattress?
How good is the memory of an elephant?
How do I clear the cache of my phone?
Where did the pirates hide their cache?
What is geocaching?
How do I find a cache with GPS?
How do I train for a half marathon?
When does the train leave?
How do I train my dog?
Is the train late?
Which train goes to the airport?
What does a training plan for swimming look like?
How do I train my muscles?
Who is the trainer of our team?
How fast is a bullet train?
How often should I train a week?
What does a ticket for the train cost?
What is the best search engine?
How does a steam engine work?
Why is the engine of my car loud?
How much oil does my engine need?
How do I start the engine of a boat?
What is in a jet engine?
How do I lose weights?
Which weights do I lift as a beginner?
What are the weights of boxers?
How heavy are the weights in the gym?
What is the weight of a bridge?
Can you give me the weight of the moon?
What is the temperature of the sun?
What is the temperature outside?
What is a normal body temperature?
At which temperature do I bake bread?
What temperature should my fridge have?
At what temperature does iron melt?
Which seeds do birds eat?
When do I plant seeds?
Who is the top seed at Wimbledon?
How do I plant a sunflower seed?
What is the precision of a Swiss watch?
Who has a mixture for a cough?
How do I make a mixture for pancakes?
What is a mixture of sand and water called?
What is the goal of life?
Who scored the first goal?
How many goals did he score?
Was it a goal or offside?
What is the goal of Buddhism?
Which languages do people speak in India?
What is the oldest language?
Which language is the hardest?
Which programming language should I learn first?
How do I learn a language fast?
What is the language of love?
What is the most spoken language?
`);
