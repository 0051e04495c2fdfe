// How an answer's routed weight is spread over the experts of a layer: the numbers behind the expert map.
// @ts-check

/** @typedef {import("./conversation.js").Message} Message */
/** @typedef {(layer: number, expert: number) => number} Shares part of the layer's weight, 0 to 1 */

/** Of a running answer. @param {Map<number, Map<number, number>>} mass @returns {Shares} */
export function sharesOfMass(mass) {
  const totals = new Map([...mass].map(([layer, row]) => [layer, sum([...row.values()])]));
  return (layer, expert) => (mass.get(layer)?.get(expert) ?? 0) / (totals.get(layer) || 1);
}

/** Of a finished answer: what the node summed up, or the tokens when it was stopped before. @param {Message} message @returns {Shares} */
export function sharesOf(message) {
  const experts = message.details?.experts;
  if (experts === undefined) return sharesOfMass(massOfTokens(message.tokens ?? []));
  const byCell = new Map(experts.map(({ layer, expert, share }) => [`${layer}.${expert}`, share]));
  return (layer, expert) => byCell.get(`${layer}.${expert}`) ?? 0;
}

/** Of one token. @param {import("./conversation.js").AnswerToken} token @returns {Shares} */
export function sharesOfToken(token) {
  return sharesOfMass(massOfTokens([token]));
}

/** Whether a token went through this expert. @param {import("./conversation.js").AnswerToken} token @param {number} layer @param {number} expert */
export function usesExpert(token, layer, expert) {
  return token.routing.some((routed) => routed.layer === layer && routed.experts.includes(expert));
}

/**
 * The part that lights a cell fully: with many experts the largest share is small, and a scale to 1 would stay dark.
 * @param {readonly number[]} shape @param {Shares} shares
 */
export function largestShare(shape, shares) {
  let largest = 0;
  for (const [layer, experts] of shape.entries()) {
    for (let expert = 0; expert < experts; expert++) largest = Math.max(largest, shares(layer, expert));
  }
  return largest || 1;
}

/** Experts per layer as far as an answer shows them, when the model is not known. @param {Iterable<{ layer: number, experts: Iterable<number> }>} rows */
export function shapeOf(rows) {
  /** @type {number[]} */
  const shape = [];
  for (const { layer, experts } of rows) {
    while (shape.length <= layer) shape.push(0);
    for (const expert of experts) shape[layer] = Math.max(shape[layer] ?? 0, expert + 1);
  }
  return shape;
}

/** @param {readonly import("./conversation.js").AnswerToken[]} tokens */
function massOfTokens(tokens) {
  /** @type {Map<number, Map<number, number>>} */
  const mass = new Map();
  for (const { routing } of tokens) {
    for (const { layer, experts, weights } of routing) {
      const row = mass.get(layer) ?? new Map();
      mass.set(layer, row);
      for (const [i, expert] of experts.entries()) row.set(expert, (row.get(expert) ?? 0) + (weights[i] ?? 0));
    }
  }
  return mass;
}

/** @param {number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
