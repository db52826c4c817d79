// Session timers (RFC 4028): how long a conversation may go on without a sign of life, and who gives it. Pure.

import { headerOf, type IncomingRequest, type IncomingResponse, listOf } from "../message/message.ts";
import { parseParameters } from "../message/header-values.ts";

export interface Session {
  seconds: number;
  /** We refresh at half time; they must do so before the end. */
  refresher: "us" | "them";
}

/** Below this neither side has to go (RFC 4028 §5). */
export const LEAST_SESSION_SECONDS = 90;

interface SessionExpires {
  seconds: number;
  refresher: string | undefined;
}

function readSessionExpires(message: IncomingRequest | IncomingResponse): SessionExpires | undefined {
  const value = headerOf(message, "Session-Expires") ?? "";
  const parts = /^(\d{1,9})\s*(;.*)?$/.exec(value);
  if (parts === null) return undefined;
  return {
    seconds: Number(parts[1]),
    refresher: parseParameters(parts[2] ?? "")
      ?.get("refresher")
      ?.toLowerCase(),
  };
}

/** What a 2xx to our INVITE or UPDATE settled; undefined: no timer, as the peer does not speak of one. */
export function sessionOfAnswer(response: IncomingResponse): Session | undefined {
  const expires = readSessionExpires(response);
  if (expires === undefined || expires.seconds === 0) return undefined;
  return { seconds: Math.max(expires.seconds, LEAST_SESSION_SECONDS), refresher: expires.refresher === "uas" ? "them" : "us" };
}

/** What a peer's re-INVITE or UPDATE asks for, `tooSmall` when it is to be refused with 422. */
export function sessionOfRequest(request: IncomingRequest): Session | "tooSmall" | undefined {
  const expires = readSessionExpires(request);
  if (expires === undefined) return undefined;
  if (expires.seconds < LEAST_SESSION_SECONDS) return "tooSmall";
  return { seconds: expires.seconds, refresher: expires.refresher === "uas" ? "us" : "them" };
}

/** The value for our 2xx to such a request; there the peer is the uac. */
export function sessionAnswer({ seconds, refresher }: Session): string {
  return `${seconds};refresher=${refresher === "us" ? "uas" : "uac"}`;
}

/** When something has to happen: our refresh at half time, or the end a little before theirs is overdue (§10). */
export function sessionDueMs({ seconds, refresher }: Session): number {
  return (refresher === "us" ? seconds / 2 : seconds - Math.min(32, seconds / 3)) * 1_000;
}

/** The interval that a 422 asks for, for a second INVITE; undefined when it names none that is sane. */
export function intervalAfter422(response: IncomingResponse, asked: number): number | undefined {
  const value = headerOf(response, "Min-SE") ?? "";
  const least = /^\d{1,6}$/.test(value) ? Number(value) : 0;
  return least > asked && least <= 86_400 ? least : undefined;
}

/** Whether the peer takes UPDATE, by its Allow header. */
export function mayUpdate(response: IncomingResponse): boolean {
  return listOf(response, "Allow").some((method) => method.toUpperCase() === "UPDATE");
}
