/** Fashion and beauty. */
import { words } from "../lists.ts";

export const FASHION_TOPICS: readonly string[] = words(`
fashion | make-up | perfume | jewellery | fashion shows | shoes | watches | dresses | jeans | suits | ties
hats | gloves | scarves | boots | high heels | sneakers | sandals | socks | underwear | handbags | sunglasses
earrings | wedding rings | piercings | lipstick | nail polish | hair dye | haircuts | wigs | shampoo | sun cream
designer clothes | Chanel | Gucci | Nike | models on the catwalk | second-hand clothes | silk shirts
wool sweaters | rain coats
`);
