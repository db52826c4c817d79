// Bodies as they come in: read as JSON whatever type is declared, passed on as a stream of text/csv, or the bytes of a WAV
// file where the route is for one; each within its limit.
// Used by api.ts, which hands Elysia the reader, and by idempotency.ts, which reads a body before the routes do.

import { AppError } from "../../errors.ts";
import { DEEPEST_JSON, isNestedDeeper } from "../../runtime/nesting.ts";
import { type BodyLimit, bodyLimitOf } from "./body-limits.ts";

/** The largest text/csv; what is in it has limits of its own. */
const MAX_CSV_BYTES = 512 * 1024 * 1024;

/** text/csv stays a stream, a WAV its bytes, everything else is JSON, nothing is undefined. Throws 400, 413, 415. */
export async function readBody(request: Request): Promise<unknown> {
  if (limitOf(request).kind === "WAV") return await readBytes(request);
  if (isCsv(request)) return request.body === null ? emptyStream() : limitedCsv(request.body);
  const text = decode(await readBytes(request));
  if (text === "") return undefined;
  if (isNestedDeeper(text, DEEPEST_JSON))
    throw new AppError(
      "validation_failed",
      `the body is nested too deep; at most ${DEEPEST_JSON} objects and lists may stand inside each other`,
    );
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError("validation_failed", `the body is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Throws 413 and 415 as far as the headers alone tell; nothing is read. */
export function refuseBody(request: Request): void {
  const { headers } = request;
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity")
    throw new AppError("unsupported_media_type", `the body is encoded as '${encoding}'; send it unencoded`);
  const type = mediaType(headers);
  if (type.startsWith("multipart/"))
    throw new AppError("unsupported_media_type", `the body is '${type}'; send JSON, or text/csv or audio/wav where the route takes it`);
  const declared = Number(headers.get("content-length") ?? 0);
  const limit = limitOf(request);
  if (type === "text/csv" && declared > MAX_CSV_BYTES) throw csvTooLarge();
  if (type !== "text/csv" && declared > limit.bytes) throw tooLarge(limit);
}

/** Whether the body is a stream of text/csv. */
export function isCsv({ headers }: Request): boolean {
  return mediaType(headers) === "text/csv";
}

/** The whole body; throws 413 when it is larger than its route allows, 400 when it was cut off. */
export async function readBytes(request: Request): Promise<Buffer<ArrayBuffer>> {
  const limit = limitOf(request);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > limit.bytes) throw tooLarge(limit);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError")
      throw new AppError("validation_failed", "the body was cut off; nothing was done");
    throw error;
  }
  return Buffer.concat(chunks);
}

/** The same bytes, failing with a 413 after the last one that may come. */
export function limitedCsv(source: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  let bytes = 0;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      bytes += value.byteLength;
      if (bytes > MAX_CSV_BYTES) {
        void reader.cancel();
        throw csvTooLarge();
      }
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

function mediaType(headers: Headers): string {
  return (headers.get("content-type") ?? "").split(";", 1).join("").trim().toLowerCase();
}

/** A byte order mark is left out. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new AppError("validation_failed", "the body is not UTF-8; send it as UTF-8");
  }
}

function emptyStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}

function limitOf({ url }: Request): BodyLimit {
  return bodyLimitOf(new URL(url).pathname);
}

function tooLarge({ kind, bytes, advice }: BodyLimit): AppError {
  return new AppError("body_too_large", `a ${kind} body may have ${bytes} bytes at most${advice}`);
}

function csvTooLarge(): AppError {
  return new AppError(
    "body_too_large",
    `a text/csv body may have ${MAX_CSV_BYTES} bytes at most; send it in parts, nothing of it was kept`,
  );
}
