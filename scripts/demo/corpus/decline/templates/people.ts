/** About a person. */
import { lines } from "../lists.ts";

export const PEOPLE_TEMPLATES: readonly string[] = lines(`
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
Have you met {p}?
Is {p} rich?
Is {p} married?
Is {p} right?
How rich is {p}?
How did {p} die?
How did {p} become famous?
How many children does {p} have?
How can I contact {p}?
What is the real name of {p}?
What is the birthday of {p}?
What did {p} say yesterday?
What did {p} invent?
What does {p} do?
What do you think of {p}?
What does {p} look like?
Where is {p} now?
Where is {p} buried?
Which books did {p} write?
Which country is {p} from?
Who is the wife of {p}?
Who is the father of {p}?
Who is better, {p} or {p}?
Who killed {p}?
Why is {p} famous?
When did {p} live?
Did {p} know {p}?
Do you like {p}?
Send a message to {p}.
Call {p}.
Write an e-mail to {p}.
Write a letter from {p} to {p}.
Give me a quote of {p}.
Say it like {p}.
{p}
Any news of {p}?
`);
