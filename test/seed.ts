/**
 * The seed of everything random in the tests. It is the same every time: a change is judged by what it changes, not by
 * luck. `TEST_SEED=7 npm run jest` tries another one, `npm run torture` many.
 */
export const TEST_SEED = Number(process.env.TEST_SEED ?? 20_261_121);
