/** About a place. */
import { lines } from "../lists.ts";

export const PLACES_TEMPLATES: readonly string[] = lines(`
How is the weather in {l}?
What is the weather like in {l} today?
Will it rain in {l} tomorrow?
How warm is it in {l}?
How many people live in {l}?
What can I do in {l}?
Where is the best restaurant in {l}?
How do I get to {l}?
How far is it to {l}?
What time is it in {l}?
What is the population of {l}?
Is {l} a nice place?
What happened in {l} yesterday?
When does the train to {l} leave?
Which hotel should I take in {l}?
What is {l} famous for?
What is {l} like in winter?
What is the best time to visit {l}?
What is the mayor of {l} called?
What is the news from {l}?
What should I see in {l}?
What do people eat in {l}?
What does a flat cost in {l}?
Where is {l}?
Where can I eat in {l}?
Where do I park in {l}?
How big is {l}?
How old is {l}?
How expensive is {l}?
How cold is it in {l} tonight?
How long is the flight to {l}?
How far is {l} from {l}?
Is it raining in {l}?
Is it safe in {l}?
Is {l} bigger than {l}?
Who lives in {l}?
Who founded {l}?
Who is the mayor of {l}?
When is the next bus to {l}?
Can you book a room in {l}?
Can I swim in {l}?
Should I move to {l}?
Should I go to {l} or to {l}?
Plan a trip to {l}.
Book a table in {l}.
Weather in {l}?
Weather {l}
Tell me about {l}.
Show me a map of {l}.
Did you ever visit {l}?
I live in {l}.
I am going to {l}, what should I pack?
The best hotel in {l}?
`);
