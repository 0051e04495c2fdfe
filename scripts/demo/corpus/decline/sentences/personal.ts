/** Personal questions, opinions, and riddles of life. */
import { lines } from "../lists.ts";

export const PERSONAL_SENTENCES: readonly string[] = lines(`
How old are you now?
When were you born?
Where do you live now?
Where were you born?
Do you have a family?
Do you have a girlfriend?
Do you have friends?
Do you have a pet?
Do you have a soul?
Do you have dreams?
Do you sleep?
Do you eat?
Do you feel pain?
Do you get bored?
Do you believe in God?
Do you love me?
Do you hate people?
Do you like music?
Do you like pizza?
Do you remember me?
Do you know my name?
Do you know where I am?
Do you watch films?
Do you play football?
Can you feel?
Can you see me?
Can you hear me?
Can you smell?
Can you cook?
Can you drive a car?
Can you dance?
Can you sing?
Can you lie?
Can you die?
Can you fall in love?
What do you look like?
What do you want?
What do you dream of?
What do you eat?
What are you wearing?
What are you afraid of?
What makes you happy?
What is your favourite song?
What is your favourite book?
What is your favourite number?
What is your favourite animal?
What is your favourite sport?
What is your hobby?
What is your phone number?
What is your address?
What is your star sign?
What is your sex?
What is your religion?
What is your opinion on war?
Whom do you vote for?
Which party do you like?
Which team do you support?
Who is your best friend?
Who is your hero?
Who am I?
What do I look like?
What am I doing?
What did I eat yesterday?
What is my phone number?
What is my favourite colour?
What is my job?
When is my birthday?
Where am I?
Where is my phone?
Where did I park?
Who is at the door?
Who is my father?
Who called me yesterday?
Am I pretty?
Am I fat?
Am I ill?
Am I right to leave him?
I am sad.
I am bored.
I am hungry.
I am tired.
I am in love.
I am afraid.
I am angry.
I am pregnant.
I am drunk.
I have a fever.
I have a toothache.
I have no friends.
I hate my job.
I lost my wallet.
I missed my bus.
I broke my arm.
My girlfriend left me.
My cat is ill.
My dog died.
My boss is mean.
My baby cries all night.
My phone is broken.
My car makes a noise.
My computer game crashes.
Should I quit my job?
Should I get married?
Should I have children?
Should I buy a house?
Should I study law?
Should I learn Chinese?
Should I cut my hair?
Should I call him?
Should I drink more water?
Should I eat less meat?
How do I make friends?
How do I get over her?
How do I say sorry to my wife?
How do I ask her out?
How do I become famous?
How do I become happy?
How do I stop worrying?
How do I sleep better?
How do I wake up early?
How do I save money?
What should I study?
What should I do with my life?
What should I eat?
What should I name my dog?
What is happiness?
What is beauty?
What is time?
What is freedom?
What is art?
What happens after death?
Is there a God?
Is there life after death?
Are there ghosts?
Are there aliens?
Why do people lie?
Why do we exist?
Why is life hard?
What came first, the chicken or the egg?
If a tree falls and nobody hears it, is there a sound?
Why did the chicken cross the road?
Knock knock.
To be or not to be?
`);
