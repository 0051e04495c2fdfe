/** Near misses: page, upload, download, history, store, data, log, status, version, config. */
import { lines } from "../lists.ts";

export const NEAR_PAGES_SENTENCES: readonly string[] = lines(`
How many pages has War and Peace?
Which page of the newspaper has the sport?
How do I number pages in Word?
How do I make a page for my band on Facebook?
How many pages can I read a day?
Who is Jimmy Page?
What is on the first page of the Times?
How do I upload a video to YouTube?
How do I upload a photo to Instagram?
How do I upload my homework?
How long does an upload to the cloud of Apple take?
Where can I download films for free?
How do I download a song from Spotify?
How do I download WhatsApp?
How do I download a game on my phone?
What is the history of Rome?
Who wrote the first history of Greece?
Why is history boring?
How do I pass my history exam?
Which store sells shoes?
When does the store open?
How do I store potatoes?
How do I store wine?
Is the store open on Sunday?
How long can I store meat?
What is in the app store?
How do I split a log with an axe?
How do I build a log cabin?
What does a log of oak weigh?
How do I log in to my bank?
What is the log of a ship?
What is my relationship status?
What is the status of my parcel?
Which doctor is open today?
I need a doctor.
When should I see a doctor?
Who was the first Doctor in Doctor Who?
How do I become a doctor?
What does a doctor say about coffee?
What data does my phone company sell?
How much mobile data do I need?
How do I back up my iPhone?
How do I restore an old chair?
How do I restore a painting?
How do I repair a broken cup?
How do I repair my roof?
How do I upgrade my flight?
How do I upgrade to Windows 11?
What does an upgrade to first class cost?
How do I reset my watch?
How do I export goods to China?
What does Brazil export?
Which country exports the most cars?
How do I import a car?
What is the import tax on shoes?
What is the dark side of the moon?
Why is it dark at night?
How do I sleep when it is not dark?
How do I get dark hair?
Is dark chocolate good for me?
How do I stop a nose bleed?
How do I stop smoking?
Where is the next bus stop?
How do I stop hiccups?
Can you stop the rain?
How do I start a conversation with a girl?
How do I start a business?
How do I start a fire?
When does the film start?
My car does not start.
How do I install a dishwasher?
How do I install a game on my PlayStation?
How do I install a lamp?
How do I install Docker on Ubuntu?
How do I run faster?
How do I run a restaurant?
How long do I have to run to lose a kilo?
What does it cost to run a car?
How do I run a marathon?
How many commands has a dog to learn?
Which Linux command copies a file?
Which command shows the date in Linux?
How do I write a loop in Python?
How do I sort a list in Python?
How do I read a CSV file in pandas?
How do I merge two branches in Git?
How do I center a div?
How do I make a table in Excel?
How do I freeze a row in Excel?
How do I write a test for my driving school?
How do I pass the driving test?
How do I pass a drug test?
Is there a test for pregnancy?
What is an IQ test?
Where do I get a blood test?
How do I plan my wedding?
Who is the best wedding planner?
What is a planner for school?
How do I find my keys?
How do I find a flat?
How do I find a job?
How do I find true love?
How do I find my phone?
Where do I find truffles?
Who owns AI-Block stock?
How much is AI-Block worth on the stock market?
Which football club does AI-Block sponsor?
When is the birthday of AI-Block's founder?
Who is the lawyer of AI-Block?
Is there an AI-Block shop in Paris?
How many people work for AI-Block?
Which coffee do the AI-Block developers drink?
What is the phone number of AI-Block?
Does AI-Block sell T-shirts?
Can AI-Block drive my car?
Can AI-Block cook?
Can an expert of AI-Block mow my lawn?
Can a node make coffee?
Can a block be eaten?
Does a miner of AI-Block wear a helmet?
What does a validator eat?
How many legs has a node?
Which colour has a block of AI-Block?
What did the router say to the expert at night?
Who is the strongest peer in boxing?
Tell me a joke about a block.
Write a poem about my node.
Draw me a picture of an expert.
Sing a song about the chain.
Translate block into Italian.
Translate key into French.
Translate expert into Japanese.
What is the Spanish word for chain?
What rhymes with node?
What rhymes with block?
How do you pronounce cache?
How do you pronounce router?
Spell quorum backwards.
`);
