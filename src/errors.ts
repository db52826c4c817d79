// Refusals: what the program says to a caller who asked for something it will not do.
// The record below is the one place where a code meets its HTTP status.

const statusByCode = {
  validation_failed: 400,
  unauthorized: 401,
  insufficient_credits: 402,
  forbidden: 403,
  not_found: 404,
  wrong_state: 409,
  still_referenced: 409,
  already_exists: 409,
  dnc_blocked: 409,
  idempotency_conflict: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal: 500,
  bot_unreachable: 500,
  sip_failure: 500,
  draining: 503,
  store_unavailable: 503,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof statusByCode;

/** Every code, in the order of the statuses. */
export const errorCodes = Object.keys(statusByCode) as readonly ErrorCode[];

/** The HTTP status that goes with a code. */
export function statusOf(code: ErrorCode): number {
  return statusByCode[code];
}

/** One place in the request that was wrong: `path` is dotted (`schedule.windowStart`), empty for the body itself. */
export interface ErrorDetail {
  path: string;
  message: string;
}

/** A refusal. `message` is a sentence: what was wrong, with which value, what would be right. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[] | undefined;
  /** Seconds after which asking again makes sense; becomes `Retry-After`. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, more: { details?: readonly ErrorDetail[]; retryAfterSeconds?: number } = {}) {
    super(message);
    this.name = "AppError";
    this.code = code;
    this.details = more.details;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }

  get status(): number {
    return statusOf(this.code);
  }
}

/** A 400 about exactly one place. */
export function invalid(path: string, message: string): AppError {
  return new AppError("validation_failed", message, { details: [{ path, message }] });
}

/** A 400 about several places; the sentence tells the first three. */
export function invalidAt(details: readonly ErrorDetail[]): AppError {
  const sentence = details.slice(0, 3).map(({ path, message }) => `${path}: ${message}`);
  return new AppError("validation_failed", sentence.join("; "), { details });
}

/** A 404 that names what was looked for. */
export function notFound(what: string, id: string): AppError {
  return new AppError("not_found", `there is no ${what} with the id '${id}'`);
}

/** How many of the objects that stand in the way of a deletion are named. */
const MOST_NAMED = 5;

/** A 409 for the deletion of something in use; `users` are phrases such as `campaign 'Spring' (cmp_…)`. */
export function stillReferenced(what: string, id: string, users: readonly string[]): AppError {
  const named = users.slice(0, MOST_NAMED).join(", ");
  const rest = users.length > MOST_NAMED ? ` and ${users.length - MOST_NAMED} more` : "";
  return new AppError("still_referenced", `the ${what} '${id}' is in use by ${named}${rest}; delete or change them first`);
}
