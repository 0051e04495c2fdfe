/** Religion, philosophy and beliefs. */
import { words } from "../lists.ts";

export const IDEAS_TOPICS: readonly string[] = words(`
religion | the Bible | Buddhism | Islam | philosophy | Plato | Kant | ethics | free will | the meaning of life
ghosts | aliens | unicorns | dragons | vampires | Christianity | Judaism | Hinduism | the Koran | the Torah
the pope's hat | monks | nuns | temples | mosques | prayers | angels | the devil | heaven and hell | saints
miracles | Ramadan | Hanukkah | Lent | Halloween | karma | reincarnation | Zen | yin and yang | Greek gods
Thor | Odin | mermaids | witches | werewolves | zombies | the Loch Ness monster | Bigfoot | UFOs | tarot
numerology | superstitions | Friday the thirteenth | atheism | existentialism | stoicism | Socrates | Nietzsche
Descartes | Hegel | Marx | utilitarianism | justice for all | happiness | beauty | friendship | courage | wisdom
patience | jealousy | anger | loneliness | death | the soul | time itself
`);
