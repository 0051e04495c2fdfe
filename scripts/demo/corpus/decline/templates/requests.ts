/** Requests for actions. */
import { lines } from "../lists.ts";

export const REQUESTS_TEMPLATES: readonly string[] = lines(`
Set a timer for {s} minutes.
Set an alarm for {s}.
Remind me of {t} tomorrow.
Remind me in {s} minutes.
Play {t}.
Play a song by {p}.
Turn the volume to {s}.
Turn off {t}.
Buy {t} for me.
Book {s} tickets to {l}.
Send {a} euros to {p}.
Open a page about {t}.
Download a film about {t}.
Draw {t}.
Draw {p} with {t}.
Paint a picture of {l}.
Sing about {t}.
Cook {t} for me.
Fix {t}.
Find {t} near me.
Sell my {t}.
Look up {p}.
Print a photo of {p}.
`);
