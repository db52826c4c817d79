// What is stored of a call so that a later process can end it: the state that its id alone does not tell. Pure.

import type { CallFacts } from "./call-requests.ts";
import type { Dialog } from "../dialog/dialog.ts";
import type { Protocol, TrunkOptions } from "../trunk/trunk-options.ts";

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

/** Another line of the call: a bot's, or that of whoever the person is handed over to. */
export interface LineTrace {
  /** What its identifiers are derived from. */
  id: string;
  /** Whether it goes through the call's own trunk, whose account answers for it. */
  ofTrunk: boolean;
  /** What the certificate of another peer is believed by. */
  tls?: TrunkOptions["tls"];
  trace: CallTrace;
}

/** A text for the call's row; `readTrace` reads it, and `readLines` what else it names. */
export function writeTrace(trace: CallTrace, lines: readonly LineTrace[] = []): string {
  return JSON.stringify(lines.length === 0 ? trace : { ...trace, lines });
}

/** Undefined when the text is no trace of this version. */
export function readTrace(text: string | undefined): CallTrace | undefined {
  const value = parse(text);
  return isWhole(value) ? value : undefined;
}

/** The call's other lines; what is none of this version is left out. */
export function readLines(text: string | undefined): readonly LineTrace[] {
  const lines = (parse(text) as { lines?: unknown } | undefined)?.lines;
  if (!Array.isArray(lines)) return [];
  return lines.filter(
    (line: Partial<LineTrace> | null): line is LineTrace =>
      typeof line?.id === "string" && typeof line.ofTrunk === "boolean" && isWhole(line.trace),
  );
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isWhole(value: unknown): value is CallTrace {
  const trace = value as Partial<CallTrace> | null | undefined;
  return (
    typeof trace?.facts?.callId === "string" &&
    typeof trace.destination?.address === "string" &&
    typeof trace.cseq === "number" &&
    Array.isArray(trace.dialogs)
  );
}
