/** Sentences of all kinds. */
import { lines } from "../lists.ts";

export const MIXED_SENTENCES: readonly string[] = lines(`
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
