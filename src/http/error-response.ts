// The one writer of error bodies: refusals as they are, bugs as a 500 that shows nothing of the inside.

import { CommitUnknown, TransactionLost } from "../database/transaction.ts";
import { AppError, type ErrorDetail } from "../errors.ts";
import type { Log } from "../runtime/log.ts";

export interface ErrorBody {
  error: string;
  code: string;
  details?: readonly ErrorDetail[];
  requestId?: string;
}

/** Turns anything thrown while a request was answered into its response; logs what was not a refusal. */
export function errorResponse(error: unknown, log: Log, requestId: string): Response {
  const refusal = toRefusal(error);
  const headers: Record<string, string> = { "content-type": "application/json; charset=utf-8" };
  if (refusal?.retryAfterSeconds !== undefined) headers["retry-after"] = String(refusal.retryAfterSeconds);
  if (refusal?.code === "unauthorized") headers["www-authenticate"] = "Bearer";
  if (refusal !== undefined) return new Response(JSON.stringify(bodyOf(refusal)), { status: refusal.status, headers });
  log.error("http.bug", { requestId, error });
  const body: ErrorBody = { error: "an internal error; quote the request id when you report it", code: "internal", requestId };
  return new Response(JSON.stringify(body), { status: 500, headers });
}

function bodyOf(refusal: AppError): ErrorBody {
  const details = refusal.details !== undefined && refusal.details.length > 0 ? { details: refusal.details } : {};
  return { error: refusal.message, code: refusal.code, ...details };
}

function toRefusal(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  const code = (error as { code?: unknown } | undefined)?.code;
  if (
    error instanceof CommitUnknown ||
    error instanceof TransactionLost ||
    code === "SQLITE_FULL" ||
    (typeof code === "string" && code.startsWith("SQLITE_IOERR"))
  ) {
    return new AppError("store_unavailable", "the store cannot write now (is the disk full?); the request may be sent again", {
      retryAfterSeconds: 10,
    });
  }
  if (code === "NOT_FOUND") return new AppError("not_found", "there is no such route; GET /openapi.json lists all of them");
  // Elysia wraps what is thrown while a body is read.
  if (code === "PARSE") return toRefusal((error as Error).cause) ?? new AppError("validation_failed", "the body cannot be read");
  return undefined;
}
