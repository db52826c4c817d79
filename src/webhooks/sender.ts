// One try: one POST to one vetted address, signed, bounded in time and in what it reads. Decides nothing;
// what the result means is in retry.ts.

import { type Clock, SECOND } from "../runtime/clock.ts";
import { inUrl, isAddress, withoutBrackets } from "./address.ts";
import type { SendResult } from "./retry.ts";
import { signatureHeaders } from "./signature.ts";
import type { TargetGuard } from "./target-guard.ts";

export interface SendRequest {
  url: string;
  /** The event's id, the same in every try. */
  id: string;
  /** JSON text; sent as it stands. */
  body: string;
  /** The live secrets, newest first. */
  secrets: readonly string[];
  /** For all of it: resolving, connecting, the answer's head. */
  timeoutMs?: number;
  /** The result has the answer's whole body, unless it is longer than `mostBodyBytes` (64 KiB) or breaks off. */
  wantsBody?: boolean;
  mostBodyBytes?: number;
  /** In place of the signatures, for a request that is no event. */
  headers?: Record<string, string>;
  /** Gives the request up. */
  signal?: AbortSignal;
}

export interface Sender {
  /** Never throws. */
  send(request: SendRequest): Promise<SendResult>;
}

export interface SenderDependencies {
  guard: TargetGuard;
  clock: Clock;
  /** The program's version, for the user agent. */
  version: string;
}

const TIMEOUT_MS = 15 * SECOND;

/** A host's further addresses are tried when one cannot be connected to. */
const MOST_ADDRESSES = 3;

/** The answer's body is read up to here, so that a small one leaves the connection usable; the rest is dropped. */
const MOST_BODY_BYTES = 64 * 1024;

/** How much of an answer is kept for people to read. */
const EXCERPT_CHARS = 200;
/** White space counts for little in it. */
const MOST_EXCERPTED = 4_000;

/** Redirects are answers like others; the proxy variables must be gone from the environment (main.ts does it). */
export function createSender({ guard, clock, version }: SenderDependencies): Sender {
  const sendWithin = async (request: SendRequest, signal: AbortSignal): Promise<SendResult> => {
    const target = await unlessAborted(guard.resolveTarget(request.url), signal);
    if ("refused" in target) return { kind: "error", error: target.refused, permanent: true };
    if ("unresolved" in target) return { kind: "error", error: target.unresolved };
    const init = {
      method: "POST",
      body: request.body,
      headers: {
        "content-type": "application/json; charset=utf-8",
        "user-agent": `outdial/${version}`,
        "accept-encoding": "identity",
        ...(request.headers ?? signatureHeaders({ ...request, timestampSeconds: Math.floor(clock.now() / SECOND) })),
      },
      signal,
    };
    const response = await fetchPinned(new URL(request.url), target.addresses.slice(0, MOST_ADDRESSES), init);
    const retryAfter = response.headers.get("retry-after") ?? undefined;
    const { text, isWhole } = await readBody(response, request.wantsBody === true, request.mostBodyBytes ?? MOST_BODY_BYTES);
    return {
      kind: "answer",
      status: response.status,
      retryAfter,
      excerpt: excerptOf(text),
      ...(request.wantsBody === true && isWhole ? { body: text } : {}),
    };
  };

  return {
    async send(request) {
      const { timeoutMs = TIMEOUT_MS } = request;
      const controller = new AbortController();
      const cancel = clock.after(timeoutMs, () => controller.abort(new Error(`no answer within ${timeoutMs / SECOND} s`)));
      const giveUp = () => controller.abort(new Error("given up"));
      request.signal?.addEventListener("abort", giveUp, { once: true });
      try {
        return await sendWithin(request, controller.signal);
      } catch (error) {
        return { kind: "error", error: describe(error) };
      } finally {
        cancel();
        request.signal?.removeEventListener("abort", giveUp);
      }
    },
  };
}

/** The system's code where there is one: the runtime's sentences name the whole URL, and that may hold a token. */
function describe(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === "string" ? `the request failed: ${code}` : String(message ?? error);
}

type Init = BunFetchRequestInit & { headers: Record<string, string> };

/** Connects to the vetted addresses and to nothing else; the certificate is still checked against the host's name. */
async function fetchPinned(url: URL, [address, ...others]: readonly string[], init: Init): Promise<Response> {
  const pinned = new URL(url);
  pinned.hostname = inUrl(address ?? url.hostname);
  const serverName = url.hostname.replace(/\.$/, "");
  try {
    return await fetch(pinned, {
      ...init,
      headers: { ...init.headers, host: url.host },
      redirect: "manual",
      decompress: false,
      ...(isAddress(withoutBrackets(url.hostname)) ? {} : { tls: { serverName } }),
    });
  } catch (error) {
    const isUnsent = (error as { code?: unknown }).code === "ECONNREFUSED";
    if (isUnsent && others.length > 0) return fetchPinned(url, others, init);
    throw error;
  }
}

/** Of a body that is not wanted whole only the beginning is decoded. A body that breaks off does not unsay the answer. */
async function readBody(response: Response, isWanted: boolean, mostBytes: number): Promise<{ text: string; isWhole: boolean }> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (isWanted || text.length < EXCERPT_CHARS) text += decoder.decode(chunk, { stream: true });
      if (bytes >= mostBytes) return { text, isWhole: false };
    }
    return { text: text + decoder.decode(), isWhole: true };
  } catch {
    // The status has arrived, and for a delivery it is what counts.
    return { text, isWhole: false };
  }
}

/** The first characters on one line. */
function excerptOf(text: string): string {
  return text
    .slice(0, MOST_EXCERPTED)
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, EXCERPT_CHARS);
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => aborted.reject(signal.reason as Error), { once: true });
  return Promise.race([work, aborted.promise]);
}
