/** Today, the news, the weather, and the time. */
import { lines } from "../lists.ts";

export const NOW_SENTENCES: readonly string[] = lines(`
What is the weather like?
Is it sunny today?
Is it windy outside?
How hot will it be this weekend?
When will the sun set today?
When does the sun rise tomorrow?
Will there be a storm tonight?
Do I need a coat today?
What year is it?
What month is it now?
Which day was yesterday?
Is today a holiday?
What is the time in Tokyo now?
How late is it?
How many days until Christmas?
When is Easter this year?
What happened today?
What is new in the world?
Any news today?
What's happening in politics?
Who is winning the war?
Is there a strike today?
Who won the election?
When is the next election?
Who leads the league?
Did my team win?
Who plays tonight?
When is the final?
What is on in the cinema?
What is trending now?
What is the price of oil today?
What does petrol cost now?
What does a Tesla cost?
How is the dollar today?
Are the shops open today?
Is the museum open on Monday?
Is my flight on time?
Is there traffic on the motorway?
How long is the queue?
Which film should I watch tonight?
What can I do this weekend?
What is the lottery number of today?
What will happen tomorrow?
What will the future bring?
Will I be rich one day?
What is my horoscope for today?
When will I die?
When will the world end?
Who will be the next pope?
Will prices fall next year?
`);
