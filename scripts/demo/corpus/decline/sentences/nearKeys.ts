/** Near misses: key, signature, account, trust, secret, safe, licence. */
import { lines } from "../lists.ts";

export const NEAR_KEYS_SENTENCES: readonly string[] = lines(`
Which key opens my car?
I have lost the key of my house.
Where did I put my car key?
How do I copy a house key?
What does a new car key cost?
In which key is this song?
What is the key of Für Elise?
Which key on the piano is C?
How many keys has a piano?
What does the F5 key do in Excel?
A key on my keyboard is stuck.
What is the key to happiness?
What is the key to success?
Who has the key to the city?
Where is Key West?
What is Alicia Keys singing?
How do I open a lock without a key?
Who keeps the keys of the church?
Which locksmith makes keys at night?
What is a key player?
What is the shift key for in Word?
How do I change a door lock?
How do I pick a lock?
How do I make my signature look nice?
Who needs to put a signature on my lease?
What does my signature say about me?
Whose signature is on the dollar bill?
What is the signature dish of Italy?
What is a time signature in music?
How do I open a bank account?
How do I delete my Facebook account?
What is on my bank account?
Which bank has a free account?
How do I get back my Google account?
Can I trust my boyfriend?
How do I win back her trust?
Can I trust the weather forecast?
What is a trust fund?
How do I keep a secret?
What is the secret of a good soup?
Who knows the secret of the pyramids?
What is the secret ingredient of cola?
Is it safe to eat raw eggs?
Is it safe to fly?
Is my street safe at night?
How do I crack a safe?
Is this toy safe for babies?
How do I get a driving licence?
How much is a fishing licence?
When does my driving licence expire?
Do I need a licence for a boat?
Do I need a licence for a drone?
What is James Bond's licence?
What is the password of my e-mail?
I forgot the password of my laptop.
What is the PIN of my card?
Who forged the paintings?
How do I forge a sword?
How do I spot a forged banknote?
Who was a famous forger?
Is my privacy safe on TikTok?
How do I protect my privacy on Facebook?
`);
