/**
 * Every error code that an HTTP answer can carry: its status, what caused it, and what to do. docs/errors.md is made from
 * this table. A code that is missing here is answered as `internal`, so that nothing of the inside gets out.
 */

export interface ErrorRow {
  readonly status: number;
  readonly cause: string;
  readonly fix: string;
  /** Fields of the error's `data` that clients get. Default none. */
  readonly data?: readonly string[];
  /** What clients are told in place of the error's own message, which names folders of the node. */
  readonly message?: string;
  /** `false`: asking again is pointless (`x-should-retry: false`). Default: by the status. */
  readonly retry?: boolean;
}

const bad = (cause: string, fix: string, data: readonly string[] = []): ErrorRow => ({ status: 400, cause, fix, data });
const broken = (cause: string): ErrorRow => ({
  status: 500,
  cause,
  fix: "The node's log has the details under the answer's `x-request-id`.",
  retry: false,
});
const later = (cause: string, fix: string, data: readonly string[] = []): ErrorRow => ({
  status: 503,
  cause,
  fix,
  data,
});

const REQUEST = {
  bad_request: bad("What came is no HTTP request, or its headers are too long.", "Use an HTTP client."),
  invalid_json: bad("The body is not JSON in UTF-8.", "Send one JSON object."),
  json_too_deep: bad("The body's objects and lists are nested too deep.", "Send flatter JSON."),
  json_too_many_values: bad(
    "The body has too many values, as lists and objects count them.",
    "Send fewer and larger values.",
  ),
  missing_required_parameter: bad("A required field is absent.", "`param` names the field."),
  invalid_value: bad("A field has the wrong type or a value out of its range.", "`param` names the field."),
  unknown_parameter: bad(
    "A field that this address does not know.",
    "`param` names the field; look for a typing error.",
  ),
  unsupported_value: bad("A value that the API of OpenAI allows and this node cannot do.", "`param` names the field."),
  unsupported_content: bad("A message has a part that is no text.", "Send text only."),
  bad_path: bad("The address has an invalid percent code.", "Encode the address."),
  bad_cursor: bad("The cursor is not one that a list gave out.", "Begin again without a cursor."),
  bad_message: bad("The model's chat template does not take these messages.", "The message says why."),
  bad_prompt: bad("The prompt has no tokens.", "Send a text."),
  bad_top_k: bad("More experts a token than the model has, or fewer than one.", "Ask for a number in the range."),
  bad_sampling_parameter: bad("A sampling parameter is out of its range.", "`param` names it."),
  stop_invalid: bad("A stop text is empty or too long.", "Send 1 to 4 texts."),
  chat_template_missing: bad("The model takes no conversations.", "Use `/v1/completions`, or `prompt` with `raw`."),
  context_length_exceeded: bad(
    "Prompt and answer do not fit into the model's context. Nothing is ever cut off in silence.",
    "Send a shorter conversation.",
    ["limit", "count"],
  ),
  block_rejected: {
    status: 422,
    cause: "The chain refuses the block for good.",
    fix: "`data` has the chain's own code and reason.",
    data: ["block", "verdict", "reason"],
  },
  payload_root_mismatch: {
    status: 422,
    cause: "The bytes do not have the payload root that was named. They were dropped.",
    fix: "Compare the file, then upload it again from offset 0.",
    data: ["root"],
  },
} as const satisfies Record<string, ErrorRow>;

const ACCESS = {
  invalid_api_key: { status: 401, cause: "No API key, or a wrong one.", fix: "Send `Authorization: Bearer moe_…`." },
  insufficient_scope: {
    status: 403,
    cause: "The API key may not do this.",
    fix: "Use a key with the scope that the message names.",
    data: ["scope"],
  },
  host_not_allowed: {
    status: 403,
    cause: "The `Host` header is no name of this node: a page of a stranger may have pointed its name here.",
    fix: "Use the address that the node printed, or allow the name in the node's `http.allowedHosts`.",
  },
  origin_not_allowed: {
    status: 403,
    cause: "A page of another site asked.",
    fix: "Open the node's own page, or allow the site in the node's `http.allowedOrigins`.",
  },
  rate_limit_exceeded: {
    status: 429,
    cause: "Too many requests or tokens in the last minute, or too many wrong keys.",
    fix: "Wait as long as `Retry-After` says.",
    data: ["scope"],
  },
  too_many_streams: {
    status: 429,
    cause: "Too many answers at the same time.",
    fix: "Let one end first.",
    data: ["limit"],
  },
} as const satisfies Record<string, ErrorRow>;

const PLACE = {
  not_found: { status: 404, cause: "There is nothing at this address.", fix: "See `/docs` for all addresses." },
  model_not_found: {
    status: 404,
    cause: "The node serves no model of that name.",
    fix: "The message lists the models; `GET /v1/models` does too.",
    data: ["models"],
  },
  unknown_model: { status: 404, cause: "The chain has no such model.", fix: "See `GET /chain/models`." },
  block_not_found: { status: 404, cause: "The node does not know the block.", fix: "Check the id." },
  slot_not_found: { status: 404, cause: "The model has no such slot.", fix: "Check the name: `layer0.expert1`." },
  expert_not_found: { status: 404, cause: "No served model has this expert.", fix: "See `GET /experts`." },
  node_not_found: { status: 404, cause: "No such node is known.", fix: "See `GET /p2p/nodes`." },
  method_not_allowed: { status: 405, cause: "The address knows other methods.", fix: "The `Allow` header has them." },
  conflict: { status: 409, cause: "The request does not fit what is there.", fix: "The message says why." },
  node_is_self: { status: 409, cause: "A node cannot remove or register itself.", fix: "Stop it instead." },
  upload_offset_mismatch: {
    status: 409,
    cause: "The part does not begin where the upload goes on.",
    fix: "Go on at `data.received_bytes`.",
    data: ["receivedBytes"],
  },
  payload_too_large: { status: 413, cause: "The body or payload is too long.", fix: "The message has the limit." },
  unsupported_media_type: { status: 415, cause: "The body is of another type.", fix: "The message names the type." },
  unsupported_encoding: { status: 415, cause: "The body is compressed.", fix: "Send it as it is." },
} as const satisfies Record<string, ErrorRow>;

const CAPACITY = {
  request_timeout: { status: 408, cause: "The body came too slowly.", fix: "Send it faster; uploads can be resumed." },
  too_many_uploads: {
    status: 429,
    cause: "The caller has as many unfinished uploads as one may have (`http.uploads`).",
    fix: "Finish one of them first. One that nobody has touched for ten minutes makes room by itself.",
    data: ["limit"],
  },
  over_quota: {
    status: 429,
    cause: "The author's quota on this node is used up, or its room for unfinished uploads.",
    fix: "Wait, or ask the operator.",
  },
  insufficient_quota: { status: 429, cause: "The account has no more credit.", fix: "Wait for credit.", retry: false },
  model_loading: later("The model is being loaded.", "Try again soon; `/health` says when it is ready."),
  engine_failed: {
    ...later(
      "The engine failed in the middle of its work, and is started again.",
      "Try again after `Retry-After`; `/health` says when the node is ready.",
      ["retryAfterMs"],
    ),
    message: "the engine failed in the middle of its work, and is started again",
  },
  overloaded: later("All places are taken.", "Try again after `Retry-After`.", ["retryAfterMs"]),
  layers_unavailable: {
    ...later("Nobody serves some of the model's layers.", "Serve them: `data.layers`.", ["layers"]),
    retry: false,
  },
  node_closing: later("The node is shutting down.", "Use another node, or wait until it is back."),
  network_unavailable: { ...later("This node is in no network.", "Join one first."), retry: false },
  generation_timeout: { status: 504, cause: "The answer took too long.", fix: "Ask for fewer tokens, or stream." },
  disk_full: {
    status: 507,
    cause: "The node's disk is full or read-only.",
    fix: "The operator has to free space.",
    message: "the node's disk is full or read-only",
    retry: false,
  },
  not_available: { status: 501, cause: "This node cannot do this.", fix: "Use another node.", retry: false },
} as const satisfies Record<string, ErrorRow>;

const INSIDE = {
  internal: broken("The node made a mistake."),
  non_finite_logits: broken("The model's numbers overflowed."),
  router_not_finite: broken("A router's numbers overflowed."),
  client_too_slow: { status: 503, cause: "The client did not read its stream.", fix: "Read faster." },
  client_gone: { status: 499, cause: "The client went away.", fix: "None: nobody sees this but the log." },
} as const satisfies Record<string, ErrorRow>;

export const ERROR_TABLE = { ...REQUEST, ...ACCESS, ...PLACE, ...CAPACITY, ...INSIDE };

export type ApiErrorCode = keyof typeof ERROR_TABLE;

/** Codes of the engine and the tokenizer that mean what a row of the table says. */
export const SAME_AS: ReadonlyMap<string, ApiErrorCode> = new Map<string, ApiErrorCode>([
  ["engine_busy", "overloaded"],
  ["kv_budget_exceeded", "overloaded"],
  ["text_busy", "overloaded"],
  ["engine_closed", "node_closing"],
  ["text_closed", "node_closing"],
  ["context_too_long", "context_length_exceeded"],
  ["text_timeout", "bad_message"],
  ["text_memory", "bad_message"],
  ["no_space", "disk_full"],
  ["ENOSPC", "disk_full"],
  ["disk_read_only", "disk_full"],
]);

/** The row of a code, also of one from outside the table; `undefined` for codes that must not get out. */
export function errorRow(code: string | undefined): { code: ApiErrorCode; row: ErrorRow } | undefined {
  if (code === undefined) return undefined;
  const own = SAME_AS.get(code) ?? code;
  if (!Object.hasOwn(ERROR_TABLE, own)) return undefined;
  return { code: own as ApiErrorCode, row: ERROR_TABLE[own as ApiErrorCode] };
}
