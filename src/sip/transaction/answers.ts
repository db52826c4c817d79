// Responses that we give, to requests inside a call and outside of one. Pure.

import type { Destination } from "../call/call-trace.ts";
import { ALLOW, USER_AGENT } from "../call/call-requests.ts";
import { type Header, headerOf, headersOf, type IncomingRequest, type OutgoingResponse } from "../message/message.ts";

const phrases: Record<number, string> = {
  200: "OK",
  403: "Forbidden",
  405: "Method Not Allowed",
  420: "Bad Extension",
  422: "Session Interval Too Small",
  481: "Call/Transaction Does Not Exist",
  488: "Not Acceptable Here",
  491: "Request Pending",
  500: "Server Internal Error",
  501: "Not Implemented",
  603: "Decline",
};

/** Copies what a response must copy (RFC 3261 §8.2.6), and tells the peer where its packet came from (RFC 3581). */
export function answer(
  request: IncomingRequest,
  status: number,
  source: Destination,
  more: { headers?: readonly Header[]; toTag?: string; sdp?: string } = {},
): OutgoingResponse {
  const vias = headersOf(request, "Via");
  const to = headerOf(request, "To") ?? "";
  const tagged = request.to.parameters.has("tag") || more.toTag === undefined ? to : `${to};tag=${more.toTag}`;
  const headers: Header[] = [
    ...vias.map((value, index): Header => ["Via", index === 0 ? received(value, source) : value]),
    ["From", headerOf(request, "From") ?? ""],
    ["To", tagged],
    ["Call-ID", request.callId],
    ["CSeq", `${request.cseq.number} ${request.cseq.method}`],
    ...(status === 405 || request.method === "OPTIONS" ? [["Allow", ALLOW] as const, ["Accept", "application/sdp"] as const] : []),
    ...(more.headers ?? []),
    ["User-Agent", USER_AGENT],
    ...(more.sdp === undefined ? [] : [["Content-Type", "application/sdp"] as const]),
  ];
  return { status, reason: phrases[status] ?? "", headers, ...(more.sdp === undefined ? {} : { body: more.sdp }) };
}

/** The first entry alone is the sender's; others may follow it after a comma. */
function received(via: string, { address, port }: Destination): string {
  const comma = via.indexOf(",");
  const first = comma < 0 ? via : via.slice(0, comma);
  const rest = comma < 0 ? "" : via.slice(comma);
  const filled = first.replace(/;\s*rport(?=\s*(;|$))/i, `;rport=${port}`);
  return `${filled};received=${address}${rest}`;
}
