/** History and famous things of the past. */
import { words } from "../lists.ts";

export const HISTORY_TOPICS: readonly string[] = words(`
war | the Romans | the Vikings | the Middle Ages | Napoleon | the French revolution | world war two
the cold war | kings and queens | Cleopatra | Julius Caesar | Einstein | Newton | Darwin | Marie Curie | Gandhi
Elvis | celebrities | the royal family | the stone age | the ice age | ancient Egypt | pharaohs | ancient Greece
Sparta | Troy | the Roman empire | Pompeii | gladiators | Attila | Genghis Khan | the crusades | knights
the black death | the Incas | the Maya | samurai | the Ming dynasty | the Silk Road | pirates | the Mayflower
the Boston tea party | the American civil war | slavery | the gold rush | the wild west | cowboys
the industrial revolution | Queen Elizabeth | Henry the Eighth | Louis the Fourteenth | Bismarck | Lenin
Stalin | Mao | world war one | Pearl Harbor | Hiroshima | the Berlin wall | the Cuban crisis | Vietnam
Watergate | the moon landing | Chernobyl | the fall of Rome | hieroglyphs | cuneiform | papyrus
printing presses | the telegraph | the first computer | zeppelins | Stonehenge | the Colosseum | the Parthenon
mummies | the Olympic flame | castles in France
`);
