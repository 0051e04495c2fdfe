/** About any topic. */
import { lines } from "../lists.ts";

export const THINGS_TEMPLATES: readonly string[] = lines(`
Tell me about {t}.
What do you know about {t}?
Explain {t} to me.
What do you think of {t}?
Write a poem about {t}.
Write a story about {t}.
Write an essay about {t}.
Write a song about {t}.
Tell me a joke about {t}.
Who invented {t}?
When was {t} invented?
What is the history of {t}?
How does {t} work?
Why is {t} important?
Is {t} good for me?
Do you like {t}?
How much does {t} cost?
Where can I buy {t}?
What is the best book about {t}?
Give me tips for {t}.
Give me some advice about {t}.
How do I get better at {t}?
What is new in {t}?
What are the rules of {t}?
Which is better, {t} or {t}?
What is the difference between {t} and {t}?
Summarise {t} for me.
Make a list of ten facts about {t}.
Teach me {t}.
I have a question about {t}.
I want to learn {t}.
Let us talk about {t}.
Are you interested in {t}?
What is {t}?
What are {t}?
What does {t} mean?
Why do people like {t}?
Is it true what they say about {t}?
Can you recommend something about {t}?
My friend loves {t}. What shall I say?
Who discovered {t}?
Who is the best at {t}?
Where do I find {t}?
Where can I see {t}?
Where was {t} first seen?
When did {t} begin?
When is the best time for {t}?
When will {t} end?
Why do we need {t}?
Why are there {t}?
Why do I hate {t}?
Why is {t} so expensive?
How do I start with {t}?
How do I choose {t}?
How do I explain {t} to a child?
How long does {t} last?
How many kinds of {t} are there?
How big is {t}?
How old is {t}?
How dangerous is {t}?
How is {t} made?
How much {t} is too much?
How do you feel about {t}?
What is so special about {t}?
What is the best {t}?
What is the price of {t}?
What is the future of {t}?
What is wrong with {t}?
What causes {t}?
What is the best song about {t}?
What is the French word for {t}?
What is {t} in Spanish?
What are the benefits of {t}?
What are the dangers of {t}?
What are the best shops for {t}?
What are the latest news on {t}?
Which {t} should I buy?
Which country is famous for {t}?
Which film is about {t}?
Which company sells {t}?
Can you teach me about {t}?
Can you write code for {t}?
Can you translate {t} into German?
Can I make money with {t}?
Can {t} be dangerous?
Can children have {t}?
Should I try {t}?
Should I be afraid of {t}?
Should I give up {t}?
Is {t} legal?
Is {t} dangerous?
Is {t} better than {t}?
Is {t} worth the money?
Is {t} real?
Are {t} healthy?
Do you believe in {t}?
Do you know a lot about {t}?
Do you know anything about {t}?
Have you heard of {t}?
Have you ever tried {t}?
Did you hear the news about {t}?
Does {t} make people happy?
Does {t} cause {t}?
Describe {t} in one sentence.
Define {t}.
Compare {t} with {t}.
Give me an example of {t}.
Give me five facts about {t}.
Give me a short overview of {t}.
Help me choose between {t} and {t}.
Help me understand {t}.
I love {t}.
I am thinking about {t}.
I am afraid of {t}.
I need help with {t}.
I need information about {t}.
I read a book about {t}, what do you say?
I cannot stop thinking of {t}.
Let's discuss {t}.
Make a plan for {t}.
Make a quiz about {t}.
Order {t} for me.
Show me a picture of {t}.
Search the web for {t}.
Say something about {t}.
Suggest a name for my blog about {t}.
Tell me the history of {t}.
Tell me a story about {t}.
Tell me everything about {t}.
Tell me how {t} works.
Tell me why {t} matters.
Tell me where to get {t}.
Translate "{t}" into Italian.
Write a letter about {t}.
Write a program about {t}.
Write a short text on {t}.
Write an e-mail about {t}.
Write a speech on {t}.
Write me a review of {t}.
{t}
{t}?
{t} or {t}?
{t}, please
everything about {t}
facts about {t}
the history of {t}
tips for {t}
definition of {t}
best {t} in the world
{t} for beginners
Anything new about {t}?
Any idea about {t}?
Could you explain {t}?
My question is about {t}.
`);
