/** Food and drink. */
import { words } from "../lists.ts";

export const FOOD_TOPICS: readonly string[] = words(`
cooking | baking bread | pizza | pasta | sushi | wine | beer | cheese | vegan food | coffee machines | tea
chocolate cake | ice cream | hamburgers | soup | salad | breakfast | potatoes | tomatoes | onions | garlic
carrots | mushrooms | beans | lentils | rice | noodles | curry | chilli | pepper | cinnamon | vanilla
olive oil | butter | yoghurt | eggs | omelettes | pancakes | waffles | doughnuts | croissants | baguettes
toast | cereal | porridge | muesli | honey | apple pie | cheesecake | brownies | biscuits | sweets | chewing gum
chips | popcorn | crisps | ketchup | mayonnaise | mustard | steak | sausages | ham | chicken wings | roast beef
turkey | fish and chips | oysters | shrimps | salmon | tuna | tofu | kebab | tacos | burritos | paella | goulash
lasagne | risotto | ravioli | dumplings | ramen | kimchi | falafel | hummus | fondue | strawberries | bananas
avocados | mangoes | grapes | lemons | pineapples | coconuts | nuts | almonds | peanuts | vodka | gin | rum
cocktails | champagne | cider | orange juice | smoothies | milkshakes | green tea | espresso | cappuccino
mineral water | energy drinks | gluten | calories in cake | junk food | lunch | dinner | leftovers | recipes
restaurants | school meals | frying pans | ovens | microwaves | dishwashers | kitchen knives | pickles | cabbage
spinach | broccoli
`);
