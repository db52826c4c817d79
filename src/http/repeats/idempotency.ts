// Idempotency-Key: a POST that is sent again gets the answer that the first one got, for a day, and takes effect once.
// Used by the door. That a request is at work is on disk before it may do anything, so that a crash between its effect
// and its answer is seen: what became of it is then unknown, and it is refused rather than done twice.

import { createHash } from "node:crypto";
import type { Db } from "../../database/open.ts";
import { transact } from "../../database/transaction.ts";
import { AppError, invalid } from "../../errors.ts";
import { type Clock, HOUR } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { Random } from "../../runtime/random.ts";
import { isCsv, limitedCsv, readBytes } from "../door/body.ts";
import {
  deleteOldRequests,
  deleteRequest,
  findRequest,
  insertRequest,
  type RequestName,
  type StoredRequest,
  storeAnswer,
} from "./idempotency-store.ts";
import { NONCE_BYTES, openAnswer, sealAnswer } from "./sealed-answer.ts";

/** How the client names a request. */
export const IDEMPOTENCY_HEADER = "idempotency-key";
/** On an answer that was given before. */
const REPLAYED_HEADER = "idempotency-replayed";
const KEPT_MS = 24 * HOUR;
/** Old rows removed with each new one: more than come in, so that the table shrinks again after a busy day. */
const REMOVED_AT_ONCE = 10;

export interface IdempotencyDependencies {
  db: Db;
  clock: Pick<Clock, "now">;
  random: Pick<Random, "bytes">;
  log: Log;
}

/** Who sends the request; `apiKey` is the key itself, with which its answer is sealed. */
export interface Sender {
  keyId: string;
  apiKey: string;
}

type Work = (request: Request) => Response | Promise<Response>;

export interface Idempotency {
  /** The stored answer, or that of `work`, which is then stored. Throws 409 and 400. Twins wait for each other. */
  answer(request: Request, sender: Sender, name: string, work: Work): Promise<Response>;
}

/** One for a database: twins are told apart by what is in its memory. */
export function createIdempotency(deps: IdempotencyDependencies): Idempotency {
  const atWork = new Map<string, Promise<void>>();
  return {
    async answer(request, sender, name, work) {
      if (!/^[\x20-\x7e]{1,255}$/.test(name))
        throw invalid("Idempotency-Key", `the Idempotency-Key is '${name.slice(0, 60)}'; it must be 1 to 255 printable ASCII characters`);
      const place = JSON.stringify([sender.keyId, name]);
      for (let twin = atWork.get(place); twin !== undefined; twin = atWork.get(place)) await twin;
      const { promise, resolve } = Promise.withResolvers<void>();
      atWork.set(place, promise);
      try {
        return await answerOnce(deps, request, sender, { keyId: sender.keyId, name }, work);
      } finally {
        atWork.delete(place);
        resolve();
      }
    },
  };
}

async function answerOnce(
  deps: IdempotencyDependencies,
  original: Request,
  { apiKey }: Sender,
  id: RequestName,
  work: Work,
): Promise<Response> {
  const { db, clock } = deps;
  const { request, hash, readRest } = await hashed(original);
  const target = targetOf(original);
  const now = clock.now();
  const stored = findRequest(db, id, now - KEPT_MS);
  if (stored !== undefined) {
    refuseOther(stored, id.name, target);
    await readRest();
    if (stored.bodyHash !== hash())
      throw conflict(`the Idempotency-Key '${id.name}' was used with another body; use a new key for another request`);
    return replay(stored, apiKey, id);
  }
  transact(db, () => {
    deleteOldRequests(db, now - KEPT_MS, REMOVED_AT_ONCE);
    insertRequest(db, id, { target, bodyHash: hash() ?? null, createdAt: now });
  });
  const response = await work(request);
  const answer = new Uint8Array(await response.arrayBuffer());
  if (response.ok) await readRest();
  keep(deps, id, { bodyHash: hash() ?? null, status: response.status, contentType: response.headers.get("content-type"), answer }, apiKey);
  return new Response(answer.length === 0 ? null : answer, { status: response.status, headers: response.headers });
}

/** An answer that cannot be stored is given all the same: what it tells has happened. */
function keep(
  { db, random, log }: IdempotencyDependencies,
  id: RequestName,
  given: { bodyHash: string | null; status: number; contentType: string | null; answer: Uint8Array },
  apiKey: string,
): void {
  try {
    if (!isKept(given.status) || given.bodyHash === null) return transact(db, () => deleteRequest(db, id));
    const answer = sealAnswer(given.answer, apiKey, id.name, random.bytes(NONCE_BYTES));
    transact(db, () => storeAnswer(db, id, { ...given, answer }));
  } catch (error) {
    log.warn("idempotency.not_stored", { keyId: id.keyId, error });
  }
}

/** What would be answered again in any case, and faults of ours, are worth another try; everything else stands. */
function isKept(status: number): boolean {
  return status < 500 && status !== 401 && status !== 429;
}

function refuseOther({ target, status, createdAt }: StoredRequest, name: string, asked: string): void {
  if (target !== asked)
    throw conflict(
      `the Idempotency-Key '${name}' was used for ${target} at ${new Date(createdAt).toISOString()}; use a new key for another request`,
    );
  if (status === null) {
    throw conflict(
      `the first request with the Idempotency-Key '${name}' was cut short at ${new Date(createdAt).toISOString()}; whether it took effect is not known: look, and if it did not, send it again with a new key`,
    );
  }
}

function replay({ status, contentType, answer }: StoredRequest, apiKey: string, { name }: RequestName): Response {
  const bytes = openAnswer(answer ?? new Uint8Array(), apiKey, name);
  const headers = { ...(contentType === null ? {} : { "content-type": contentType }), [REPLAYED_HEADER]: "true" };
  return new Response(bytes.length === 0 ? null : bytes, { status: status ?? 200, headers });
}

function conflict(message: string): AppError {
  return new AppError("idempotency_conflict", message);
}

function targetOf({ method, url }: Request): string {
  const { pathname, search } = new URL(url);
  return `${method} ${pathname}${search}`;
}

interface HashedBody {
  /** With the same body, unread. */
  request: Request;
  /** SHA-256 in hex; undefined until the body has been read to its end. */
  hash(): string | undefined;
  /** Reads what the routes left unread. */
  readRest(): Promise<void>;
}

/** JSON is read here, a CSV while the route reads it. */
async function hashed(request: Request): Promise<HashedBody> {
  const withBody = (body: Bun.BodyInit | null) =>
    new Request(request.url, { method: request.method, headers: request.headers, body, signal: request.signal });
  if (isCsv(request) && request.body !== null) {
    const { stream, ...rest } = hashedStream(limitedCsv(request.body));
    return { request: withBody(stream), ...rest };
  }
  const bytes = await readBytes(request);
  const digest = createHash("sha256").update(bytes).digest("hex");
  return { request: withBody(bytes.length === 0 ? null : bytes), hash: () => digest, readRest: async () => undefined };
}

function hashedStream(source: ReadableStream<Uint8Array>): Omit<HashedBody, "request"> & { stream: ReadableStream<Uint8Array> } {
  const sha = createHash("sha256");
  const reader = source.getReader();
  let digest: string | undefined;
  let isCancelled = false;
  const next = async () => {
    const { value } = await reader.read();
    if (value !== undefined) sha.update(value);
    else if (!isCancelled) digest ??= sha.digest("hex");
    return value;
  };
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = await next();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel(reason) {
      isCancelled = true;
      return reader.cancel(reason);
    },
  });
  const readRest = async () => {
    while (digest === undefined && (await next()) !== undefined);
  };
  return { stream, hash: () => digest, readRest };
}
