/** Words that the tables of facts do not have. */
import { lines } from "../lists.ts";

export const UNKNOWN_WORDS_TEMPLATES: readonly string[] = lines(`
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
The capital of {n} is?
Do you know the capital of {n}?
What is {n}'s capital?
What city is the capital of {n}?
What is the capital city of {n}?
Which capital does {n} have?
What is the name of the capital of {n}?
How is the capital of {n} called?
Give me {n}'s capital.
I need the capital of {n}.
Tell me the sound of {w}.
How does {w} sound?
What does {w} sound like?
Do you know what {w} eats?
Which food does {w} eat?
Where is {n}?
Who rules {n}?
What is the flag of {n}?
What is the currency of {n}?
Symbol of {w}?
Which symbol does {w} have?
What is the atomic number of {w}?
What is the formula of {w}?
What is the opposite of {w}?
Which noise does {w} make?
Where does {w} live?
How much does {w} weigh?
What is a {w} made of?
What is the smell of {w}?
`);
