/** Things without a chemical symbol, an opposite or a sound in the tables. */
import { words } from "./lists.ts";

export const ODD_WORDS: readonly string[] = words(`
steel | water | wood | glass | plastic | bronze | brass | paper | salt | sugar | air | fire | earth | sand
stone | milk | bread | cheese | kryptonite | vibranium | adamantium | unobtainium | petrol | oil | rubber
leather | cotton | ink | wax | soap | concrete | marble | granite | diamond | clay | wool | silk | honey | wine
vinegar | alcohol | ammonia | steam | smoke | dust | mud | ice | rain | electricity | music | Tuesday | seven
purple | a table | a chair | a spoon | a car | a house | Peter | London | pizza | a computer | the internet
a door | a window | a book | a river | a shoe | a lamp | a bottle | a pencil | a phone | a fork | a knife
a plate | a cup | a clock | a watch | a mirror | a sofa | a bed | a roof | a wall | a bridge | a road | a train
a plane | a boat | a truck | a stone | a mountain | a cloud | a star | a tree | a flower | a leaf | a potato
a cake | an egg | an umbrella | an engine | a robot | a piano | a guitar | a ball | a coin | a ring | a hat
a sock | a button | a candle | a box | a bag | a rope | a nail | a ladder | a brick | rust | fog | snow | lava
lightning | chalk | flour | butter | yoghurt | chocolate | coffee | tea | beer | juice | soup | ketchup
tar and feathers | nylon | polyester | rayon | linen | denim | cork | bamboo | foam | glue | paint | varnish
ceramic | pearl | amber | coral | jade | ruby | emerald | quartz | basalt | slate | gravel | coal dust
ash trees | gunpowder | dynamite | methane | propane | benzene | acetone | bleach | peroxide | caffeine
aspirin | insulin | DNA | light | sound | gravity | time | January | Friday | green | twelve | Anna | Berlin
Mozart | a dragon | a unicorn | a ghost | a vampire | a zombie | a mermaid | a phoenix
`);
