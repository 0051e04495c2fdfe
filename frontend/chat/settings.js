// Settings of the chat. Numbers are numbers from the field to the request; what is left empty is not sent, so that it is as
// the model's makers would have it.
// @ts-check

const KEY = "ai-block.settings";

/** Of what is saved. Without a version it is from when temperature 0 was the default and was saved with all the rest. */
const VERSION = 2;

/**
 * @typedef {object} Settings
 * @property {string} systemPrompt
 * @property {number | null} temperature
 * @property {number | null} topP
 * @property {number | null} maxTokens
 * @property {number | null} seed
 * @property {string[]} stop
 * @property {number | null} topKExperts
 * @property {boolean} useMoe
 */

/** @type {Settings} */
export const DEFAULTS = {
  systemPrompt: "",
  temperature: null,
  topP: null,
  maxTokens: null,
  seed: null,
  stop: [],
  topKExperts: null,
  useMoe: true,
};

/** Limits of the numbers. */
export const NUMBERS = /** @type {const} */ ({
  temperature: { min: 0, max: 2, integer: false },
  topP: { min: 0, max: 1, integer: false },
  maxTokens: { min: 1, max: 1_000_000, integer: true },
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true },
  topKExperts: { min: 1, max: 1024, integer: true },
});

/** @typedef {keyof typeof NUMBERS} NumberName */

/**
 * Numbers that a model has itself, in what /chain/models lists of it.
 * @type {Partial<Record<NumberName, (model: any) => number>>}
 */
const OWN_NUMBERS = {
  temperature: (model) => model.sampling.temperature,
  topP: (model) => model.sampling.top_p,
  topKExperts: (model) => model.top_k,
};

const MAX_STOPS = 4;

/**
 * The number in a field: `null` when it is empty. Throws an `Error` with a sentence for the person.
 * @param {NumberName} name @param {string} text
 */
export function parseNumber(name, text) {
  const trimmed = text.trim().replace(",", ".");
  if (trimmed === "") return null;
  const { min, max, integer } = NUMBERS[name];
  const value = Number(trimmed);
  if (!isAllowed(name, value)) {
    const kind = integer ? "a whole number" : "a number";
    throw new Error(max > 1_000_000 ? `${kind} from ${min} up` : `${kind} from ${min} to ${max}`);
  }
  return value;
}

/** Stop texts, one a line; `\n` in a line stands for a line break. @param {string} text */
export function parseStops(text) {
  const stops = text.split("\n").filter((line) => line !== "");
  if (stops.length > MAX_STOPS) throw new Error(`at most ${MAX_STOPS} lines`);
  return stops.map((line) => line.replaceAll("\\n", "\n"));
}

/** What was saved; anything in it that is not what it should be gives way to the default. @returns {Settings} */
export function loadSettings() {
  let saved;
  try {
    saved = JSON.parse(localStorage.getItem(KEY) ?? "{}");
  } catch {
    saved = {};
  }
  const settings = { ...DEFAULTS };
  if (typeof saved !== "object" || saved === null) return settings;
  if (saved.version === undefined && saved.temperature === 0) saved.temperature = DEFAULTS.temperature;
  if (typeof saved.systemPrompt === "string") settings.systemPrompt = saved.systemPrompt;
  if (typeof saved.useMoe === "boolean") settings.useMoe = saved.useMoe;
  if (Array.isArray(saved.stop)) {
    settings.stop = saved.stop.filter((/** @type {unknown} */ text) => typeof text === "string").slice(0, MAX_STOPS);
  }
  for (const name of /** @type {NumberName[]} */ (Object.keys(NUMBERS))) {
    if (saved[name] === null || isAllowed(name, saved[name])) settings[name] = saved[name];
  }
  return settings;
}

/** @param {Settings} settings */
export function saveSettings(settings) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...settings, version: VERSION }));
  } catch {
    // Storage is switched off or full: the settings last until the page is left.
  }
}

/**
 * What an empty field stands for, as its placeholder tells; nothing where that is no single number.
 * @param {NumberName} name @param {any} model as /chain/models lists it; `null` while none is known
 */
export function placeholderOf(name, model) {
  const own = OWN_NUMBERS[name];
  if (own === undefined) return "";
  return model === null ? "the model's default" : `${own(model)}, this model's default`;
}

/** The settings as fields of a request to /chat. @param {Settings} settings */
export function requestFields(settings) {
  /** @type {Record<string, unknown>} */
  const fields = { use_moe: settings.useMoe };
  if (settings.temperature !== null) fields.temperature = settings.temperature;
  if (settings.topP !== null) fields.top_p = settings.topP;
  if (settings.maxTokens !== null) fields.max_tokens = settings.maxTokens;
  if (settings.seed !== null) fields.seed = settings.seed;
  if (settings.stop.length > 0) fields.stop = settings.stop;
  if (settings.topKExperts !== null) fields.top_k_experts = settings.topKExperts;
  return fields;
}

/** @param {NumberName} name @param {unknown} value */
function isAllowed(name, value) {
  const { min, max, integer } = NUMBERS[name];
  return (
    typeof value === "number" &&
    value >= min &&
    value <= max &&
    (integer ? Number.isInteger(value) : !Number.isNaN(value))
  );
}
