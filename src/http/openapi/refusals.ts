// Which refusals a route may answer with, and what each code means. Used by openapi.ts.

import { type ErrorCode, errorCodes, statusOf } from "../../errors.ts";
import { requiredRole } from "../door/roles.ts";
import type { Answer, Components, Contents, Operation } from "./model.ts";
import type { JsonSchema } from "./schema-book.ts";

/** What a code means, and a sentence as an answer might have it. */
const refusalWords: Record<ErrorCode, { meaning: string; example: string }> = {
  validation_failed: {
    meaning: "a field, the query, the path or the body itself is wrong; details names each place",
    example: "name: is required",
  },
  unauthorized: {
    meaning: "the key is missing, malformed, expired, revoked or unknown; one answer for all",
    example: "the API key is missing or not valid; send it as 'Authorization: Bearer <key>'",
  },
  insufficient_credits: { meaning: "the budget does not cover it", example: "the balance is 0.40, the call needs 1.20; top it up first" },
  forbidden: { meaning: "the key's role does not allow it", example: "this key has the role 'read'; POST /api/campaigns needs 'operator'" },
  not_found: { meaning: "what the path or a field names is not there", example: "there is no campaign with the id 'cmp_x'" },
  wrong_state: {
    meaning: "not in the present state; the sentence names it and the states that allow it",
    example: "the campaign is draft; pause needs running",
  },
  still_referenced: {
    meaning: "others refer to it; the sentence names them",
    example: "the trunk 'trk_x' is in use by phone number +14155550100 (pn_x); delete or change them first",
  },
  already_exists: { meaning: "there is one already", example: "the phone number +14155550100 is already here, as 'pn_x'" },
  dnc_blocked: { meaning: "the number is on the do-not-call list", example: "+14155550100 is on the do-not-call list" },
  idempotency_conflict: {
    meaning: "the Idempotency-Key was used for another request, or it is not known what became of that one",
    example: "the Idempotency-Key 'a1' was used with another body; use a new key for another request",
  },
  body_too_large: {
    meaning: "the body, or a list in it, is over the limit",
    example: "entries has 60000 elements; it may have 50000 at most",
  },
  unsupported_media_type: { meaning: "a kind of body that the route cannot read", example: "this route reads JSON, not text/csv" },
  rate_limited: {
    meaning: "too many requests, or too many calls at once; see Retry-After",
    example: "more than 50 requests a second came with this key; try again in 1 s",
  },
  internal: {
    meaning: "a fault of the appliance; requestId is in its log",
    example: "an internal error; quote the request id when you report it",
  },
  bot_unreachable: { meaning: "the agent's bot cannot be reached", example: "the bot at wss://bot.example does not answer" },
  sip_failure: { meaning: "no call can leave through the trunk", example: "the trunk 'Carrier' does not answer" },
  draining: {
    meaning: "the appliance is being stopped; nothing was changed",
    example: "the appliance is being stopped and changes nothing any more; try again after its restart",
  },
  store_unavailable: {
    meaning: "the store cannot write, its disk may be full; nothing was changed",
    example: "the store cannot write now (is the disk full?); the request may be sent again",
  },
};

export interface Refusable {
  /** Upper case. */
  method: string;
  /** A path of the route; what stands for its parameters does not matter. */
  path: string;
  isOpen: boolean;
  hasQuery: boolean;
  /** What the route says itself. */
  own: readonly ErrorCode[];
}

/** All codes that the route may answer with, in the order of their statuses. */
export function refusalsOf({ method, path, isOpen, hasQuery, own }: Refusable): ErrorCode[] {
  const codes = new Set<ErrorCode>([...own, "internal"]);
  const changes = method !== "GET";
  if (changes || hasQuery || path.includes("{")) codes.add("validation_failed");
  if (!isOpen) for (const code of ["unauthorized", "rate_limited", "store_unavailable"] as const) codes.add(code);
  if (!isOpen && requiredRole(method, path) !== "read") codes.add("forbidden");
  if (changes) for (const code of ["body_too_large", "unsupported_media_type", "draining"] as const) codes.add(code);
  if (method === "POST") codes.add("idempotency_conflict");
  return errorCodes.filter((code) => codes.has(code));
}

/** Adds the refusals to `responses`; those of the same codes are one component. An answer of the same status stays beside it. */
export function addRefusals(
  responses: Operation["responses"],
  codes: readonly ErrorCode[],
  error: JsonSchema,
  components: Components,
): void {
  for (const [status, group] of byStatus(codes)) {
    const name = group.map(pascal).join("Or");
    const refused: Answer = (components.responses[name] ??= toResponse(group, error));
    const own = responses[status];
    if (own === undefined) responses[status] = { $ref: `#/components/responses/${name}` };
    else if ("content" in own) responses[status] = { ...refused, content: bothOf(own, refused) };
  }
}

/** The codes by their status, ascending. */
function byStatus(codes: readonly ErrorCode[]): [status: number, codes: ErrorCode[]][] {
  const groups = new Map<number, ErrorCode[]>();
  for (const code of codes) groups.set(statusOf(code), [...(groups.get(statusOf(code)) ?? []), code]);
  return [...groups].sort(([a], [b]) => a - b);
}

/** The examples are named by their codes: a reader of the document finds there which ones may come. */
function toResponse(codes: readonly ErrorCode[], error: JsonSchema): Answer {
  const examples = codes.map((code) => [code, { summary: refusalWords[code].meaning, value: exampleRefusal(code) }] as const);
  const mayWait = codes.some((code) => code === "rate_limited" || code === "draining" || code === "store_unavailable");
  return {
    description: codes.map((code) => `\`${code}\`: ${refusalWords[code].meaning}.`).join(" "),
    ...(mayWait ? { headers: { "Retry-After": { $ref: "#/components/headers/RetryAfter" } } } : {}),
    content: { "application/json": { schema: error, examples: Object.fromEntries(examples) } },
  };
}

function exampleRefusal(code: ErrorCode): object {
  const { example } = refusalWords[code];
  if (code === "validation_failed") return { error: example, code, details: [{ path: "name", message: "is required" }] };
  return { error: example, code, ...(code === "internal" ? { requestId: "req_01jt3v9h8k4m2n6p8q0r2s4t6v" } : {}) };
}

function bothOf(own: Answer, refused: Answer): Contents {
  const [[type, content] = ["application/json", undefined]] = Object.entries(own.content ?? {});
  const other = refused.content?.["application/json"];
  if (content === undefined || other === undefined) return { ...refused.content };
  return {
    [type]: {
      schema: { anyOf: [content.schema, other.schema] },
      examples: { ok: { summary: own.description, value: content.example }, ...other.examples },
    },
  };
}

function pascal(code: ErrorCode): string {
  return code
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
