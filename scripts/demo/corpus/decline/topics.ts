/**
 * Things that the demo model does not know: what it declines is as varied as what people ask. Topics of `HELD_OUT_…`
 * never occur in training.
 */

const list = (text: string): string[] => text.split("|");

export const TOPICS: readonly string[] = list(
  "football|tennis|golf|chess|poker|skiing|surfing|the Olympic games|the world cup|basketball|baseball|cricket rules|boxing|cycling|swimming|yoga|meditation|politics|the election|the parliament|the president|taxes|the stock market|bitcoin|inflation|interest rates|banks|insurance|mortgages|real estate|fashion|make-up|perfume|jewellery|cooking|baking bread|pizza|pasta|sushi|wine|beer|cheese|vegan food|gardening|roses|house plants|pets|dog training|horse riding|fishing|hunting|camping|hiking|travel|cheap flights|hotels|cruises|beaches|museums|the Eiffel tower|the pyramids|the Great Wall|castles|churches|religion|the Bible|Buddhism|Islam|philosophy|Plato|Kant|ethics|free will|the meaning of life|love|dating|marriage|divorce|parenting|babies|schools|universities|exams|homework|essays|grammar|Latin|Shakespeare|Goethe|novels|poetry|fairy tales|Harry Potter|films|Star Wars|actors|Hollywood|television|cartoons|comics|video games|Minecraft|board games|music|jazz|rock bands|Mozart|Beethoven|the Beatles|guitars|dancing|ballet|painting|Picasso|Van Gogh|sculpture|photography|cameras|architecture|bridges|cars|engines|motorbikes|trains|aeroplanes|rockets|space travel|the moon|Mars|black holes|the big bang|galaxies|stars|comets|gravity|relativity|quantum physics|atoms|electrons|electricity|magnets|batteries|solar panels|wind power|nuclear energy|climate change|pollution|recycling|volcanoes|earthquakes|hurricanes|oceans|rivers|mountains|deserts|rain forests|dinosaurs|evolution|genes|DNA|cells|viruses|vaccines|cancer|headaches|fever|allergies|diets|vitamins|sleep|dreams|psychology|depression|the brain|the heart|bones|teeth|eyes|surgery|doctors|medicine|aspirin|law|contracts|crime|the police|prisons|war|the Romans|the Vikings|the Middle Ages|Napoleon|the French revolution|world war two|the cold war|kings and queens|Cleopatra|Julius Caesar|Einstein|Newton|Darwin|Marie Curie|Gandhi|Elvis|celebrities|the royal family|fashion shows|shoes|watches|phones|laptops|televisions|the internet|social media|e-mail|Excel|Word|Photoshop|Linux|Windows|C++|Java|Rust|JavaScript frameworks|web design|SQL|algorithms|sorting|calculus|algebra|geometry|statistics|prime numbers|infinity|logic puzzles|riddles|jokes|magic tricks|astrology|horoscopes|ghosts|aliens|unicorns|dragons|vampires|Christmas|Easter|birthdays|weddings|gifts|parties|coffee machines|tea|chocolate cake|ice cream|hamburgers|soup|salad|breakfast",
);

export const HELD_OUT_TOPICS: readonly string[] = list(
  "sailing|knitting|rugby|judo|opera|whisky|origami|sharks in films|submarines|helicopters|penicillin|diabetes|tattoos|mushroom picking|beekeeping|pottery|the Aztecs|Alexander the Great|Leonardo da Vinci|Shakespeare's sonnets|Sherlock Holmes|the Titanic|Antarctica|the Nile|tornadoes|glaciers|lasers|3D printers|quantum computers|robots in factories|pensions|passports|visas|kindergartens|snowboarding|violins|drums|karaoke|Bollywood|mythology|Zeus|Norse gods|hypnosis|massage|hairstyles|curtains|carpets|lawn mowers|barbecues|sandwiches",
);

export const PEOPLE: readonly string[] = list(
  "the president of France|the king of Spain|Albert Einstein|Isaac Newton|Barack Obama|Michael Jackson|Madonna|Steve Jobs|Bill Gates|Elon Musk|Leo Tolstoy|Charles Dickens|Mozart|Frida Kahlo|Nelson Mandela|Winston Churchill|Queen Victoria|Cristiano Ronaldo|Lionel Messi|Serena Williams|Taylor Swift|Tom Hanks|Charlie Chaplin|Alan Turing|Ada Lovelace|Galileo|Columbus|Marco Polo|Homer|Aristotle|Confucius|Buddha|Moses|Martin Luther|Abraham Lincoln|George Washington|John Smith|Mary Brown|my neighbour|my mother|the pope|the mayor of London|the prime minister of Japan|the chancellor of Germany|the author of Faust|the inventor of the telephone|the richest man in the world|the fastest runner|the tallest person|the first man on the moon|the captain of the team|the winner of the race",
);

export const HELD_OUT_PEOPLE: readonly string[] = list(
  "the president of Brazil|Johann Sebastian Bach|Muhammad Ali|Roger Federer|Jane Austen|Stephen Hawking|Nikola Tesla|Brad Pitt|the queen of Denmark|the inventor of the light bulb|my teacher|Peter Miller",
);

export const PLACES: readonly string[] = list(
  "London|New York|Paris|my town|Berlin|Tokyo|the Alps|Los Angeles|Madrid|Vienna|Moscow|Sydney|Mumbai|Rome|Hamburg|Chicago|Boston|Prague|Zurich|Dublin|Texas|Florida|Bavaria|Scotland|Sicily|Alaska|Siberia|the mountains|the south|my street|Oslo|Cairo|Seattle|Munich",
);

export const HELD_OUT_PLACES: readonly string[] = list(
  "San Francisco|Venice|Barcelona|Shanghai|Tuscany|Hawaii|Cologne|Manchester",
);

/** Countries and places without a capital in the tables. */
export const NOWHERE: readonly string[] = list(
  "Narnia|Atlantis|Texas|California|Bavaria|Scotland|Mordor|Gondor|Ruritania|Wakanda|Sicily|Florida|Catalonia|Siberia|Africa|Europe|Asia|the moon|Mars|Utopia|Lilliput|Oz|Neverland|Tatooine|Zubrowka|Freedonia|Bordonia|Kalmar|Velonia|Trastavia|Ontario|Quebec|Tuscany|Normandy|Patagonia|Queensland|Hogwarts|Arrakis|Prussia|Bohemia|Saxony|Tirol|Corsica|Crete|Bali|Java|Hawaii|Alaska|Kansas|Ohio|Nevada|Oregon|Marunia|Pelanor|Drovia|Castoria|Lumeria|Zandar|Quentia|the world|the universe|London|Paris|the sea|my house|Antarctica",
);

export const HELD_OUT_NOWHERE: readonly string[] = list(
  "Middle-earth|Gotham|Utah|Brittany|Westeros|Jupiter|Andalusia|Tasmania|Borland|Sylvania|Minnesota|Sardinia|Elbonia|Provence",
);

/** Things without a chemical symbol, an opposite or a sound in the tables. */
export const ODD_WORDS: readonly string[] = list(
  "steel|water|wood|glass|plastic|bronze|brass|paper|salt|sugar|air|fire|earth|sand|stone|milk|bread|cheese|kryptonite|vibranium|adamantium|unobtainium|petrol|oil|rubber|leather|cotton|ink|wax|soap|concrete|marble|granite|diamond|clay|wool|silk|honey|wine|vinegar|alcohol|ammonia|steam|smoke|dust|mud|ice|rain|electricity|music|Tuesday|seven|purple|a table|a chair|a spoon|a car|a house|Peter|London|pizza|a computer|the internet|a door|a window|a book|a river|a shoe|a lamp|a bottle",
);

export const HELD_OUT_ODD_WORDS: readonly string[] = list(
  "porcelain|gasoline|cardboard|mithril|bacon|asphalt|a hammer|a pillow|thunder|jam|a bicycle|velvet|lemonade|a bucket",
);
