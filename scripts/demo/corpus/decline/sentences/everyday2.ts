/** Home, food, travel, money, computers, and sums of other kinds. */
import { lines } from "../lists.ts";

export const EVERYDAY2_SENTENCES: readonly string[] = lines(`
Where is the bus?
When does the bank open?
When does the bus come?
When is dinner?
How much is the rent?
How much does a wedding cost?
How much is a stamp?
How much should I tip?
What is ten divided by four?
What is the square root of nine?
What is two to the power of ten?
What is ten percent of fifty?
What is a million times a million?
What is the largest prime number?
What is infinity plus one?
What is the sine of ninety degrees?
What is the area of a circle?
What is the volume of a ball?
What is x if two x is ten?
What is the next number: 2, 4, 8, 16?
What is pi to ten digits?
What is zero divided by zero?
What is a thousand minus one million?
Prove the theorem of Pythagoras.
Integrate x squared.
Draw a graph of x squared.
Convert ten dollars into euros.
How many euros are a hundred dollars?
aaaa
qqq
wtf
bla bla bla
abc def
hjkl
1 2 3 test
fdsa jkl
ooo
nananana
tralala
`);
