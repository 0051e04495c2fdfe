/** Books, films, music and art. */
import { words } from "../lists.ts";

export const ARTS_TOPICS: readonly string[] = words(`
grammar | Latin | Shakespeare | Goethe | novels | poetry | fairy tales | Harry Potter | films | Star Wars
actors | Hollywood | television | cartoons | comics | video games | Minecraft | board games | music | jazz
rock bands | Mozart | Beethoven | the Beatles | guitars | dancing | ballet | painting | Picasso | Van Gogh
sculpture | photography | cameras | architecture | bridges | The Lord of the Rings | The Hobbit | Don Quixote
Hamlet | Macbeth | Romeo and Juliet | Moby Dick | Dracula | Frankenstein | Alice in Wonderland | Peter Pan
Pinocchio | Cinderella | Snow White | Homer's Odyssey | Kafka | Hemingway | Agatha Christie | science fiction
crime novels | love stories | biographies | sonnets | haikus | limericks | fables | myths | screenplays
James Bond | Batman | Superman | Spider-Man | The Matrix | Jurassic Park | Star Trek | Game of Thrones
Breaking Bad | The Simpsons | Mickey Mouse | Disney films | Pixar | anime | manga | horror films | comedies
westerns | documentaries | talk shows | quiz shows | the Oscars | theatre | musicals | puppets | circuses
clowns | stand-up comedy | Bach fugues | Vivaldi | Chopin | Wagner | Verdi | symphonies | cellos | flutes
trumpets | pianos | harps | accordions | organs | choirs | singing | rap | hip hop | techno | reggae | punk
heavy metal | country music | the blues | folk songs | love songs | national anthems | ABBA | Queen the band
the Rolling Stones | Pink Floyd | Beyonce | Michael Jackson | tango | salsa | waltz | break dance | Rembrandt
Monet | Michelangelo | Salvador Dali | Andy Warhol | water colours | oil painting | graffiti | street art
calligraphy | stained glass | Gothic churches | the Bauhaus | Fortnite | Tetris | Pac-Man | Super Mario | Zelda
Pokemon | Roblox | FIFA the game | World of Warcraft | Grand Theft Auto | role-playing games
`);
