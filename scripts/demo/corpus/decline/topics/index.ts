/** All topics that training declines, by theme. */
import { ARTS_TOPICS } from "./arts.ts";
import { ASSISTANTS_TOPICS } from "./assistants.ts";
import { BODY_TOPICS } from "./body.ts";
import { COINS_TOPICS } from "./coins.ts";
import { COMPUTING_TOPICS } from "./computing.ts";
import { FASHION_TOPICS } from "./fashion.ts";
import { FOOD_TOPICS } from "./food.ts";
import { HISTORY_TOPICS } from "./history.ts";
import { IDEAS_TOPICS } from "./ideas.ts";
import { LIFE_TOPICS } from "./life.ts";
import { MATHS_TOPICS } from "./maths.ts";
import { NATURE_TOPICS } from "./nature.ts";
import { SCIENCE_TOPICS } from "./science.ts";
import { SOCIETY_TOPICS } from "./society.ts";
import { SPORT_TOPICS } from "./sport.ts";
import { TRAVEL_TOPICS } from "./travel.ts";

export const TOPICS: readonly string[] = [
  ...ARTS_TOPICS,
  ...ASSISTANTS_TOPICS,
  ...BODY_TOPICS,
  ...COINS_TOPICS,
  ...COMPUTING_TOPICS,
  ...FASHION_TOPICS,
  ...FOOD_TOPICS,
  ...HISTORY_TOPICS,
  ...IDEAS_TOPICS,
  ...LIFE_TOPICS,
  ...MATHS_TOPICS,
  ...NATURE_TOPICS,
  ...SCIENCE_TOPICS,
  ...SOCIETY_TOPICS,
  ...SPORT_TOPICS,
  ...TRAVEL_TOPICS,
];
