/** Sentences that ask for what the demo model does not know. `{t}` topic, `{p}` person, `{l}` place, `{n}` place without a capital, `{w}` odd word, `{a}` large number. */

const lines = (text: string): string[] => text.trim().split("\n");

export const DECLINE_TEMPLATES: readonly string[] = lines(`
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
Who is {p}?
Who was {p}?
When was {p} born?
When did {p} die?
Where does {p} live?
How old is {p}?
What did {p} do?
What is {p} famous for?
Is {p} still alive?
How tall is {p}?
Tell me about {p}.
What is the phone number of {p}?
What did {p} write?
Do you know {p}?
What would {p} say?
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
What is the capital of {n}?
What's the capital of {n}?
Capital of {n}?
Name the capital of {n}.
Which city is the capital of {n}?
Tell me the capital of {n}.
What is the chemical symbol of {w}?
What is the symbol for {w}?
What's the opposite of {w}?
Opposite of {w}?
What sound does {w} make?
What does {w} eat?
How many legs does {w} have?
What is {a} plus {a}?
What is {a} times {a}?
{a} + {a}
{a} - {a}
{a} times {a}
What is the square root of {a}?
What is {a} divided by {a}?
Is {a} a prime number?
`);

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

/** Whole sentences. */
export const DECLINE_SENTENCES: readonly string[] = lines(`
What is the weather today?
Will it rain tomorrow?
What's in the news?
What time is it?
What day is it today?
What is the date today?
Who won the match yesterday?
What was the score last night?
Who will win the election?
Translate this sentence into French.
Say hello in Japanese.
Write a Python script that sorts a list.
Write some code for me.
Fix this bug for me.
Write a letter to my boss.
Write an e-mail to my landlord.
Can you draw a picture?
Draw me a cat.
Sing a song.
Play some music.
Set an alarm for seven.
Remind me to call my mother.
Order a pizza.
Book a flight for me.
Call my brother.
Turn on the light.
Open the window.
I have a headache, what shall I take?
Is this mushroom poisonous?
My back hurts.
What is the best medicine for a cold?
How do I lose weight?
How do I become rich?
What shall I cook tonight?
Give me a recipe for soup.
How long do I boil an egg?
How do I bake a cake?
What shall I wear today?
Which car should I buy?
Which phone is the best?
Which stocks should I buy?
How do I fix my washing machine?
How do I repair a bicycle?
Why is the sky blue?
Why do we dream?
Why do cats purr?
How do birds fly?
How deep is the sea?
How high is Mount Everest?
How far away is the sun?
How fast is light?
How old is the earth?
How many stars are there?
How many people live on earth?
What is the largest country?
What is the longest river?
What is the highest mountain?
What is the fastest animal?
What is the largest animal?
Who discovered America?
Who wrote Romeo and Juliet?
Who painted the Mona Lisa?
When did the second world war end?
When was Rome founded?
What happened in 1989?
In which year did the wall fall?
What is the currency of Japan?
Which language do they speak in Brazil?
What is the population of China?
Which continent is Egypt on?
What is the flag of Italy?
What is the meaning of life?
Does God exist?
Is there life on Mars?
What is truth?
What is consciousness?
Do you have feelings?
What is your favourite colour?
What is your favourite film?
How old are you?
When is your birthday?
Where do you live?
Are you married?
Do you have children?
What did you do yesterday?
What am I thinking?
What is my name?
How old am I?
Where do I live?
Where are my keys?
What shall I do today?
Tell me a joke.
Tell me a story.
Tell me a secret.
Tell me something interesting.
Surprise me.
Give me a riddle.
Guess a number.
Flip a coin.
Pick a card.
What is love?
Will you marry me?
Can you keep a secret?
Count to a hundred.
Say the alphabet backwards.
Spell rhythm.
What rhymes with orange?
What is a synonym of happy?
What is the past tense of go?
What is the square root of two?
Solve x squared equals nine.
What is the value of pi?
What is a derivative?
What is half of seven?
asdf
qwertz
blah blah
lorem ipsum
xyz
foo bar baz
hmmm
la la la
???
Do my homework.
Who is the president?
Who is the best football player?
What is the gross domestic product of India?
How do vaccines work?
How do planes stay in the air?
How does a fridge work?
What is inside the sun?
What causes thunder?
What is the boiling point of water?
What is the atomic number of gold?
What is the melting point of iron?
What is the formula of water?
How heavy is an elephant?
How long do dogs live?
Where do penguins live?
How many teeth has a shark?
What is the plot of Hamlet?
Which film won the Oscar?
What is the best song of all time?
How do I play the guitar?
How do I tie a tie?
How do I change a tyre?
How do I ask for a raise?
How do I write a CV?
How do I learn to swim?
What is the speed limit in town?
Where is the nearest station?
Where can I park?
What does this word mean?
Is it going to snow?
Should I take an umbrella?
What is on television tonight?
Who sings this song?
What is the wifi password?
How do I install Windows?
Why is my printer not working?
How do I make a website?
What is blockchain mining of bitcoin worth?
What is the price of bitcoin?
What is the price of gold?
How do I invest my money?
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
