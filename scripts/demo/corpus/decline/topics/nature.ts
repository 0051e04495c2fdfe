/** Nature, weather, plants and animals. */
import { words } from "../lists.ts";

export const NATURE_TOPICS: readonly string[] = words(`
gardening | roses | house plants | pets | dog training | horse riding | fishing | hunting | volcanoes
earthquakes | hurricanes | oceans | rivers | mountains | deserts | rain forests | dinosaurs | rain | snow | hail
fog | storms | rainbows | heat waves | floods | droughts | tsunamis | avalanches | the ozone layer
greenhouse gases | the seasons | spring flowers | autumn leaves | tides | waves | coral reefs | islands | lakes
waterfalls | caves | swamps | savannas | the jungle | the Amazon | the Sahara | Mount Fuji | the Himalayas
the Arctic | icebergs | oak trees | pine trees | birches | palm trees | bamboo | cacti | tulips | orchids
daisies | weeds | lawns | moss | ferns | algae | seeds | pollen | bees | wasps | ants | butterflies | spiders
scorpions | mosquitoes | ticks | snakes | crocodiles | turtles | parrots | owls | eagles | penguins | pigeons
hens | sharks | whales | dolphins | jellyfish | octopuses | salmon fishing | wolves | bears | foxes | deer
hedgehogs | squirrels | bats | lions | tigers | elephants | giraffes | monkeys | gorillas | kangaroos | koalas
hamsters | rabbits as pets | puppies | kittens | cat food | aquariums | zoos | mammoths | fossils
extinct animals | bird watching | compost | tractors | farms | harvests
`);
