// Dialogs (RFC 3261 §12): what a response to our INVITE sets up, and how requests travel in it. Pure: state in, state out.

import { type IncomingRequest, type IncomingResponse, listOf } from "../message/message.ts";
import { parseNameAddr } from "../message/header-values.ts";
import { parseUri } from "../message/uri.ts";

export interface Dialog {
  callId: string;
  /** Our tag, and our From as it was written. */
  localTag: string;
  from: string;
  remoteTag: string;
  /** The To with its tag. */
  to: string;
  /** The peer's Contact: where requests in the dialog are addressed. */
  target: string;
  /** In the order in which they are passed. */
  routes: readonly string[];
  /** Of the last request that we sent. */
  localCSeq: number;
  /** Of the last request that came; undefined before the first. */
  remoteCSeq: number | undefined;
  confirmed: boolean;
}

export interface DialogOpener {
  localTag: string;
  from: string;
  /** Used when the peer names no Contact. */
  requestUri: string;
  inviteCSeq: number;
}

/**
 * The dialog of a response from 101 to 2xx, or undefined when it sets up none. A 2xx without a To tag does (RFC 2543
 * peers send it): without a dialog it could be neither acknowledged nor ended.
 */
export function openDialog(response: IncomingResponse, opener: DialogOpener): Dialog | undefined {
  const remoteTag = response.to.parameters.get("tag") ?? "";
  if (response.status === 100 || (remoteTag === "" && response.status < 200)) return undefined;
  return {
    callId: response.callId,
    localTag: opener.localTag,
    from: opener.from,
    remoteTag,
    to: `<${response.to.uri}>${remoteTag === "" ? "" : `;tag=${remoteTag}`}`,
    target: contactOf(response) ?? opener.requestUri,
    routes: routesOf(response),
    localCSeq: opener.inviteCSeq,
    remoteCSeq: undefined,
    confirmed: response.status >= 200,
  };
}

/** A 2xx takes route set and target anew, whatever an earlier provisional answer said (§13.2.2.4). */
export function confirmDialog(dialog: Dialog, response: IncomingResponse): Dialog {
  return { ...dialog, confirmed: true, target: contactOf(response) ?? dialog.target, routes: routesOf(response) };
}

/** A target refresh: a re-INVITE or UPDATE, theirs or the answer to ours (§12.2). The route set stays. */
export function refreshTarget(dialog: Dialog, message: IncomingRequest | IncomingResponse): Dialog {
  return { ...dialog, target: contactOf(message) ?? dialog.target };
}

/** The number for the next request of ours, and the dialog that has used it. */
export function nextRequest(dialog: Dialog): { dialog: Dialog; cseq: number } {
  const cseq = dialog.localCSeq + 1;
  return { dialog: { ...dialog, localCSeq: cseq }, cseq };
}

/** Whether a request belongs here: both tags must be this dialog's (§12.2.2). */
export function isOfDialog(dialog: Dialog, request: IncomingRequest): boolean {
  return (
    request.callId === dialog.callId &&
    (request.from.parameters.get("tag") ?? "") === dialog.remoteTag &&
    request.to.parameters.get("tag") === dialog.localTag
  );
}

/** Undefined when the request's number is not above the last one: it is answered with 500 (§12.2.2). */
export function noteRequest(dialog: Dialog, request: IncomingRequest): Dialog | undefined {
  if (dialog.remoteCSeq !== undefined && request.cseq.number <= dialog.remoteCSeq) return undefined;
  return { ...dialog, remoteCSeq: request.cseq.number };
}

/** Request-URI and Route headers, for loose routers and for the strict ones of RFC 2543 (§12.2.1.1). */
export function routing(dialog: Pick<Dialog, "target" | "routes">): { uri: string; routes: readonly string[]; nextHop: string } {
  const [first, ...rest] = dialog.routes;
  const firstUri = first === undefined ? undefined : parseNameAddr(first)?.uri;
  if (firstUri === undefined) return { uri: dialog.target, routes: [], nextHop: dialog.target };
  if (parseUri(firstUri)?.parameters.has("lr") === true) return { uri: dialog.target, routes: dialog.routes, nextHop: firstUri };
  return { uri: firstUri, routes: [...rest, `<${dialog.target}>`], nextHop: firstUri };
}

function contactOf({ contact }: IncomingRequest | IncomingResponse): string | undefined {
  return contact !== undefined && /^sips?:/i.test(contact.uri) ? contact.uri : undefined;
}

/** The Record-Route of a response, turned round: the nearest proxy first. */
function routesOf(response: IncomingResponse): string[] {
  return listOf(response, "Record-Route").reverse();
}
