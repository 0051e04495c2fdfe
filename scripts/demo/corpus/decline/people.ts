/** People of whom the demo model knows nothing. */
import { words } from "./lists.ts";

export const PEOPLE: readonly string[] = words(`
the president of France | the king of Spain | Albert Einstein | Isaac Newton | Barack Obama | Michael Jackson
Madonna | Steve Jobs | Bill Gates | Elon Musk | Leo Tolstoy | Charles Dickens | Mozart | Frida Kahlo
Nelson Mandela | Winston Churchill | Queen Victoria | Cristiano Ronaldo | Lionel Messi | Serena Williams
Taylor Swift | Tom Hanks | Charlie Chaplin | Alan Turing | Ada Lovelace | Galileo | Columbus | Marco Polo
Homer | Aristotle | Confucius | Buddha | Moses | Martin Luther | Abraham Lincoln | George Washington
John Smith | Mary Brown | my neighbour | my mother | the pope | the mayor of London
the prime minister of Japan | the chancellor of Germany | the author of Faust | the inventor of the telephone
the richest man in the world | the fastest runner | the tallest person | the first man on the moon
the captain of the team | the winner of the race | the president of Mexico | the president of Russia
the king of Norway | the queen of the Netherlands | the emperor of Japan | the prime minister of India
the prime minister of Canada | the mayor of Paris | the secretary of the United Nations | the boss of Apple
the boss of Google | the head of Microsoft | Mark Zuckerberg | Jeff Bezos | Sam Altman | Satoshi Nakamoto
Vitalik Buterin | Linus Torvalds | Tim Berners-Lee | Grace Hopper | John von Neumann | Claude Shannon
Geoffrey Hinton | Marie Curie | Charles Darwin | Louis Pasteur | Sigmund Freud | Thomas Edison
Alexander Graham Bell | Benjamin Franklin | Michael Faraday | Niels Bohr | Werner Heisenberg | Richard Feynman
Neil Armstrong | Yuri Gagarin | Michelangelo | Raphael | Rembrandt | Vincent van Gogh | Claude Monet
Pablo Picasso | Andy Warhol | Ludwig van Beethoven | Franz Schubert | Frederic Chopin | Richard Wagner
Giuseppe Verdi | John Lennon | Paul McCartney | Bob Dylan | Freddie Mercury | David Bowie | Elvis Presley
Beyonce | Lady Gaga | Rihanna | Adele | Ed Sheeran | Johann Wolfgang von Goethe | William Shakespeare
Franz Kafka | Ernest Hemingway | Mark Twain | Victor Hugo | Virginia Woolf | Agatha Christie | George Orwell
J. K. Rowling | Stephen King | Dante | Socrates | Plato | Immanuel Kant | Karl Marx | Friedrich Nietzsche
Julius Caesar | Cleopatra | Charlemagne | Joan of Arc | Napoleon | Mahatma Gandhi | Martin Luther King
John F. Kennedy | Donald Trump | Joe Biden | Angela Merkel | Vladimir Putin | Mother Teresa | Princess Diana
Pele | Diego Maradona | Michael Jordan | Usain Bolt | Tiger Woods | Rafael Nadal | Novak Djokovic | Steffi Graf
Lewis Hamilton | Leonardo DiCaprio | Meryl Streep | Audrey Hepburn | Marilyn Monroe | Steven Spielberg
Alfred Hitchcock | Walt Disney | Greta Garbo | Coco Chanel | Santa Claus | Robin Hood | Harry Potter
Darth Vader | Mickey Mouse | my brother | my sister | my father | my boss | my wife | my husband | my doctor
my best friend | my uncle | Anna Schmidt | David Jones | Maria Garcia | Tom | Susan | the woman next door
the inventor of the wheel | the inventor of paper | the author of the Odyssey | the singer of this song
the oldest person in the world | the best cook in the world | the first woman in space
the last emperor of China
`);
