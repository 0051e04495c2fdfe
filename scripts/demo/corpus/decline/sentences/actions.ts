/** Asked to do something that a text model of this size cannot do. */
import { lines } from "../lists.ts";

export const ACTIONS_SENTENCES: readonly string[] = lines(`
Set a timer.
Start a stopwatch.
Wake me up at six.
Send an e-mail to my boss.
Read my e-mails.
Send a text to my wife.
Call a taxi.
Call the police.
Call me later.
Book a table for two.
Book a hotel room.
Buy me a ticket.
Order flowers.
Order more milk.
Pay my bills.
Transfer ten euros to Tom.
Add milk to my shopping list.
Make an appointment with the dentist.
Put it into my calendar.
What is in my calendar?
Take a photo.
Take a screenshot.
Turn off the television.
Turn up the heating.
Make it louder.
Close the door.
Lock my car.
Feed the cat.
Water the plants.
Clean my room.
Make me a coffee.
Bring me a beer.
Play a game with me.
Play chess with me.
Let's play tic-tac-toe.
Play the news.
Next song, please.
Play some jazz.
Show me a map.
Show me cat pictures.
Show me a video.
Navigate home.
Find a restaurant near me.
Find a cheap flight.
Search for shoes.
Google it.
Look it up on the internet.
Open YouTube.
Download a film.
Print this letter.
Roll a die.
Think of a number.
Choose a card.
Draw a house.
Make a picture of a sunset.
Paint like Picasso.
Hum a tune.
Dance for me.
Whistle.
Tell me a fairy tale.
Tell me a bedtime story.
Tell me a fun fact.
Tell me a joke about doctors.
Make me laugh.
Say something funny.
Write a poem.
Write a haiku about rain.
Write a love letter.
Write a birthday card for my aunt.
Write a speech for a wedding.
Write a short story.
Write an essay on peace.
Write my CV.
Write a cover letter.
Write a shopping list.
Write a diary entry.
Write a song.
Write a program in Java.
Write a Python function that adds two numbers.
Write a loop in C.
Write an SQL query for me.
Write HTML for a button.
Write a regular expression for dates.
Debug my program.
Explain this code.
Check my grammar.
Correct my text.
Rewrite this sentence.
Summarise this article.
Make this shorter, please.
Translate this.
Translate dog into Spanish.
How do you say thank you in Japanese?
What is good morning in Italian?
What does bonjour mean?
What does c'est la vie mean?
Say something in Latin.
How do I say I love you in Greek?
Conjugate the verb to be.
What is the plot of the book I read?
Read me a book.
Give me a quote.
Give me a password idea for my bank.
Give me a name for my cat.
Name my baby.
Suggest a gift for my mother.
Plan my holiday.
Plan my week.
Make a diet plan.
Make a training plan for the gym.
Make a budget for me.
Do my taxes.
Solve my homework.
Solve this riddle.
Solve the equation.
`);
