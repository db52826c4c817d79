// The requests of one call as they go out: INVITE, ACK, CANCEL, and those inside its dialog. Pure.

import { type Dialog, routing } from "../dialog/dialog.ts";
import { quote } from "../message/header-values.ts";
import type { CallIdentity } from "./identity.ts";
import { type Header, headerOf, type IncomingResponse, type OutgoingRequest, utf8Bytes } from "../message/message.ts";
import { rewriteNumber } from "../trunk/number-rewriting.ts";
import type { Protocol, TrunkOptions } from "../trunk/trunk-options.ts";
import { hostText, sipUri } from "../message/uri.ts";

export const USER_AGENT = "Outdial";
export const ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK";

/** What stays the same in all INVITEs of a call, and what a later process needs in order to end it. */
export interface CallFacts {
  callId: string;
  fromTag: string;
  requestUri: string;
  /** With its tag. */
  from: string;
  /** Without a tag. */
  to: string;
  contact: string;
  /** host:port of our Via. */
  sentBy: string;
  protocol: Protocol;
  routes: readonly string[];
  identityHeaders: readonly Header[];
}

export interface OwnAddress {
  address: string;
  port: number;
}

/** Who calls whom: numbers (E.164), or instead of the called one a whole address, which is sent as it is. */
export interface CallNumbers {
  from: string;
  to: string;
  uri?: string;
}

/** The facts of a call through a trunk, from its numbers alone: the same again after a restart. */
export function callFacts(identity: CallIdentity, numbers: CallNumbers, options: TrunkOptions, own: OwnAddress): CallFacts {
  const { callerId, transport, domain, outboundProxy } = options;
  const calling = rewriteNumber(numbers.from, options.rewriteFrom);
  const fromUser = userOf(options, calling);
  const contactUser = options.register && options.username !== undefined ? options.username : "outdial";
  const shown = callerId.privacy
    ? { name: "Anonymous", uri: "sip:anonymous@anonymous.invalid" }
    : { name: utf8Bytes(callerId.displayName), uri: sipUri(fromUser, callerId.fromDomain) };
  const dialed = sipUri(rewriteNumber(numbers.to, options.rewriteTo), domain, domain === options.host ? options.port : undefined);
  const suffix = transport === "udp" ? "" : `;transport=${transport}`;
  const identityHeaders: Header[] = [];
  if (callerId.assertedIdentity || callerId.privacy)
    identityHeaders.push(["P-Asserted-Identity", `<${sipUri(calling, callerId.fromDomain)}>`]);
  if (callerId.privacy) identityHeaders.push(["Privacy", "id"]);
  return {
    callId: identity.callId,
    fromTag: identity.fromTag,
    requestUri: numbers.uri ?? `${dialed}${suffix}`,
    from: `${shown.name === "" ? "" : `${quote(shown.name)} `}<${shown.uri}>;tag=${identity.fromTag}`,
    to: `<${numbers.uri ?? dialed}>`,
    contact: `<${sipUri(contactUser, own.address, own.port)}${suffix}>`,
    sentBy: `${hostText(own.address)}:${own.port}`,
    protocol: transport,
    routes: outboundProxy === undefined ? [] : [`<${sipUri("", outboundProxy.host, outboundProxy.port)};lr${suffix}>`],
    identityHeaders,
  };
}

function userOf({ callerId, username }: TrunkOptions, calling: string): string {
  if (callerId.fromUser === "number") return calling;
  return callerId.fromUser === "username" ? (username ?? calling) : callerId.fromUser.fixed;
}

function via({ protocol, sentBy }: Pick<CallFacts, "protocol" | "sentBy">, branch: string): Header {
  return ["Via", `SIP/2.0/${protocol.toUpperCase()} ${sentBy};rport;branch=${branch}`];
}

export interface InviteParts {
  cseq: number;
  branch: string;
  sessionSeconds: number;
  reliableProvisional: boolean;
  headers: readonly Header[];
  /** `Authorization` or `Proxy-Authorization`, after a challenge. */
  credentials: readonly Header[];
  sdp: string;
}

/** Complete but for its Content-Length; `credentials` stand as the account gave them. */
export function inviteRequest(facts: CallFacts, parts: InviteParts): OutgoingRequest {
  const supported = [parts.sessionSeconds > 0 ? "timer" : "", parts.reliableProvisional ? "100rel" : ""].filter(Boolean).join(", ");
  const headers: Header[] = [
    via(facts, parts.branch),
    ["Max-Forwards", "70"],
    ...facts.routes.map((route): Header => ["Route", route]),
    ["From", facts.from],
    ["To", facts.to],
    ["Call-ID", facts.callId],
    ["CSeq", `${parts.cseq} INVITE`],
    ["Contact", facts.contact],
    ...parts.credentials,
    ...facts.identityHeaders,
    ["Allow", ALLOW],
    ...(supported === "" ? [] : [["Supported", supported] as const]),
    ...sessionHeaders(parts.sessionSeconds),
    ["User-Agent", USER_AGENT],
    ...parts.headers.map(([name, value]): Header => [name, utf8Bytes(value)]),
    ["Content-Type", "application/sdp"],
  ];
  return { method: "INVITE", uri: facts.requestUri, headers, body: parts.sdp };
}

function sessionHeaders(seconds: number): Header[] {
  return seconds > 0
    ? [
        ["Session-Expires", String(seconds)],
        ["Min-SE", "90"],
      ]
    : [];
}

/** Within the INVITE's transaction: same branch, URI and route, the To of the answer (§17.1.1.3). */
export function ackOfRefusal(facts: CallFacts, invite: { cseq: number; branch: string }, response: IncomingResponse): OutgoingRequest {
  return within(facts, "ACK", invite, headerOf(response, "To") ?? facts.to);
}

/** The same branch and number as the INVITE that it takes back (§9.1). */
export function cancelRequest(facts: CallFacts, invite: { cseq: number; branch: string }): OutgoingRequest {
  return within(facts, "CANCEL", invite, facts.to);
}

function within(facts: CallFacts, method: string, { cseq, branch }: { cseq: number; branch: string }, to: string): OutgoingRequest {
  const headers: Header[] = [
    via(facts, branch),
    ["Max-Forwards", "70"],
    ...facts.routes.map((route): Header => ["Route", route]),
    ["From", facts.from],
    ["To", to],
    ["Call-ID", facts.callId],
    ["CSeq", `${cseq} ${method}`],
  ];
  return { method, uri: facts.requestUri, headers };
}

export interface DialogRequestParts {
  method: string;
  cseq: number;
  branch: string;
  headers?: readonly Header[];
  sdp?: string;
}

/** A request inside the dialog, to the peer's Contact by way of the route set. */
export function dialogRequest(
  facts: Pick<CallFacts, "protocol" | "sentBy" | "contact">,
  dialog: Dialog,
  parts: DialogRequestParts,
): OutgoingRequest {
  const { uri, routes } = routing(dialog);
  const refreshes = parts.method === "INVITE" || parts.method === "UPDATE";
  const headers: Header[] = [
    via(facts, parts.branch),
    ["Max-Forwards", "70"],
    ...routes.map((route): Header => ["Route", route]),
    ["From", dialog.from],
    ["To", dialog.to],
    ["Call-ID", dialog.callId],
    ["CSeq", `${parts.cseq} ${parts.method}`],
    ...(refreshes
      ? ([
          ["Contact", facts.contact],
          ["Allow", ALLOW],
          ["Supported", "timer"],
        ] as const)
      : []),
    ...(parts.headers ?? []),
    ["User-Agent", USER_AGENT],
    ...(parts.sdp === undefined ? [] : [["Content-Type", "application/sdp"] as const]),
  ];
  return { method: parts.method, uri, headers, ...(parts.sdp === undefined ? {} : { body: parts.sdp }) };
}
