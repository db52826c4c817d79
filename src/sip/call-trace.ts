// What is stored of a call so that a later process can end it: the state that its id alone does not tell. Pure.

import type { CallFacts } from "./call-requests.ts";
import type { Dialog } from "./dialog.ts";
import type { Protocol } from "./trunk-options.ts";

export interface Destination {
  protocol: Protocol;
  address: string;
  port: number;
  /** The name that a TLS certificate must bear. */
  name: string;
  /** What a TLS connection is trusted by; connections of different trust are never shared. */
  trust?: string;
}

export interface CallTrace {
  facts: CallFacts;
  destination: Destination;
  /** The INVITE that is open: its CSeq number and which one of the call it is. */
  cseq: number;
  invite: number;
  /** The dialogs that the far end opened: early ones, or the confirmed one alone. */
  dialogs: readonly Dialog[];
}

/** A text for the call's row; `readTrace` reads it. */
export function writeTrace(trace: CallTrace): string {
  return JSON.stringify(trace);
}

/** Undefined when the text is no trace of this version. */
export function readTrace(text: string | undefined): CallTrace | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Partial<CallTrace> | null;
    const isWhole = typeof value?.facts?.callId === "string" && typeof value.destination?.address === "string" && typeof value.cseq === "number" && Array.isArray(value.dialogs);
    return isWhole ? (value as CallTrace) : undefined;
  } catch {
    return undefined;
  }
}
