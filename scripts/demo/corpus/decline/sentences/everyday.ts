/** Home, food, travel, money, computers, and sums of other kinds. */
import { lines } from "../lists.ts";

export const EVERYDAY_SENTENCES: readonly string[] = lines(`
How do I boil potatoes?
How do I cook pasta?
How do I make pancakes?
How do I make coffee?
How do I make bread?
How do I make ice cream?
How do I roast a chicken?
How do I peel garlic?
How do I clean a window?
How do I clean my shoes?
How do I wash wool?
How do I iron a shirt?
How do I fold a shirt?
How do I sew on a button?
How do I paint a wall?
How do I hang a picture?
How do I unclog a drain?
How do I change a light bulb?
How do I plant a tree?
How do I mow the lawn?
How do I catch a mouse?
How do I wash a dog?
How do I ride a horse?
How do I swim faster?
How do I jump higher?
How do I throw a ball?
How do I play chess?
How do I play poker?
How do I play the piano?
How do I dance salsa?
How do I draw a horse?
How do I take good photos?
How do I write a novel?
How do I write a poem?
How do I learn maths?
How do I learn French?
How do I pass an exam?
How do I get to the airport?
How do I rent a car?
How do I sell my house?
How do I buy shares?
How do I pay less tax?
How do I get a loan?
How do I file for divorce?
How do I sue my landlord?
How do I write a will?
How do I open a restaurant?
How do I get a patent?
How do I treat a burn?
How do I treat a cold?
How do I lower my blood pressure?
How do I quit sugar?
How do I grow a beard?
How do I cut my own hair?
How do I tie my shoes?
How do I tie a knot?
How do I put up a tent?
How do I survive in the desert?
How do I unlock my iPhone?
How do I connect my headphones?
How do I speed up Windows?
How do I uninstall a game?
How do I make a PDF?
How do I cut a video?
How do I use Photoshop?
How do I use Excel?
How do I add a column in Excel?
How do I make a chart in Excel?
How do I delete an e-mail?
How do I stop spam?
How do I learn to program?
How do I write a class in Java?
How do I reverse a string in Python?
How do I exit Vim?
How do I undo a commit in Git?
How do I rename a file in Windows?
How do I list files in Linux?
How do I write a Dockerfile?
How do I build an app?
How do I make a game?
How do I hack a phone?
How do I mine Bitcoin at home?
How do I buy Ethereum?
How do I buy Bitcoin?
Is Bitcoin a good investment?
Who invented Bitcoin?
Who made ChatGPT?
What is ChatGPT?
What is the cloud of Amazon?
What is Docker?
What is Kubernetes?
What is a Raspberry Pi?
What is an operating system?
What is a compiler?
What is the difference between Java and JavaScript?
Which browser is the fastest?
Which laptop is good for games?
Which game should I play?
Which car is the fastest?
Which washing machine is good?
What is a good wine?
What is a good restaurant?
What is a good film for children?
What is for dinner?
What goes with rice?
What does a coffee cost?
What does a house cost?
What does a flight to Rome cost?
What does a dog cost?
What is a mortgage?
What is the minimum wage?
What is the legal age for beer?
Is it legal to record a call?
May my landlord enter my flat?
Can I take my cat on a plane?
Can I eat mouldy bread?
Can dogs eat grapes?
Can I drink sea water?
Can I freeze milk?
Where can I buy stamps?
Where can I buy bread?
Where can I learn Spanish?
Where can I go on holiday?
Where is the toilet?
Where is the hospital?
`);
