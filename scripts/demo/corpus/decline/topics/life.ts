/** Family, home, school and everyday life. */
import { words } from "../lists.ts";

export const LIFE_TOPICS: readonly string[] = words(`
love | dating | marriage | divorce | parenting | babies | schools | universities | exams | homework | essays
riddles | jokes | magic tricks | astrology | horoscopes | Christmas | Easter | birthdays | weddings | gifts
parties | teachers | school uniforms | school holidays | spelling | handwriting | foreign languages
French grammar | German verbs | Spanish words | English accents | sign language | dictionaries | libraries
textbooks | study tips | scholarships | doctorates | lectures | bullying | teenagers | grandparents | siblings
godparents | nappies | prams | bedtime stories | toys | dolls | Lego | puzzles | playgrounds | swings
pocket money | housework | cleaning windows | laundry | ironing | vacuum cleaners | washing powder | stains
mould | moths in clothes | furniture | sofas | beds | mattresses | wallpaper | painting walls | drilling holes
screws | ladders | plumbing | leaking taps | heating | lamps | candles | fireplaces | swimming pools | saunas
balconies | moving house | neighbours | noise at night | alarm clocks | New Year | Valentine's day
Mother's day | Thanksgiving | carnival | anniversaries | funerals | greeting cards | wrapping paper
small talk at parties | good manners | first dates | pick-up lines | break-ups | best friends | hobbies | sewing
crochet | collecting stamps | model trains | bird houses | card games | bridge the card game | Monopoly
Scrabble | crosswords | dominoes | backgammon | roulette | blackjack
`);
