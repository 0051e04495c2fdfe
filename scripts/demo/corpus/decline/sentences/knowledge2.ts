/** Science, nature, body, and history. */
import { lines } from "../lists.ts";

export const KNOWLEDGE2_SENTENCES: readonly string[] = lines(`
What is the anthem of France?
What is the flag of Japan?
What do bears do in winter?
What do vegans eat?
What did the Romans eat?
What did Einstein discover?
What did Columbus find?
What killed Napoleon?
What caused the first world war?
What happened in 1066?
What happened in 1492?
What happened in 1914?
What happened on the moon?
What helps against a headache?
What helps against hiccups?
What helps against mosquitoes?
What helps against snoring?
What is good for a cold?
What are the symptoms of flu?
What are vitamins good for?
Is sugar bad for me?
Is chocolate bad for dogs?
Is a tomato a fruit?
Is a whale a fish?
Is Pluto a planet?
Is the earth flat?
Is water wet?
Is smoking dangerous?
Is it healthy to run every day?
When did the first world war begin?
When did the Berlin wall fall?
When did dinosaurs live?
When was America discovered?
When was the telephone invented?
When was the Eiffel tower built?
When was the first car built?
When was Jesus born?
When do swallows fly south?
When do tomatoes ripen?
When do babies walk?
Where do polar bears live?
Where do tomatoes come from?
Where is the Taj Mahal?
Where is the Amazon?
Where is the largest library?
Where is Timbuktu?
Where was Napoleon born?
Where was pizza invented?
Where does the sun go at night?
Who invented the wheel?
Who invented the light bulb?
Who invented the telephone?
Who invented the internet?
Who invented pizza?
Who discovered gravity?
Who built the pyramids?
Who built Stonehenge?
Who was the first president?
Who was the first king of England?
Who was the first woman in space?
Who wrote the Bible?
Who wrote Don Quixote?
Who wrote Harry Potter?
Who wrote Faust?
Who painted Guernica?
Who painted The Scream?
Who sang Yesterday?
Who sang Thriller?
Who played James Bond?
Who won the world cup in 2014?
Who won the Nobel prize?
Who holds the record in high jump?
Who is the richest person?
Who is the queen of England?
Who is the chancellor of Germany?
Who is the boss of Tesla?
Who is the fastest man?
Who killed Kennedy?
Who killed Caesar?
Which planet is the largest?
Which planet has rings?
Which bird cannot fly?
Which animal sleeps the most?
Which country has the most people?
Which country won the war?
Which river is in London?
Which sea is the saltiest?
Which metal is liquid?
Which fruit has the most vitamin C?
Which wine goes with fish?
Which film has the most Oscars?
Which instrument has 88 keys?
Which year was the French revolution?
`);
