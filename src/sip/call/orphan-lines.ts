// What an earlier process left open of a call: the person's line, and those beside it, each of which is ended in the same way.
// Used by sip-dialer.ts.

import type { OrphanCall } from "../../calls/dialer.ts";
import { sleep } from "../../runtime/clock.ts";
import { callFacts } from "./call-requests.ts";
import { type CallTrace, type LineTrace, readLines, readTrace } from "./call-trace.ts";
import { type CallIdentity, identityOf } from "./identity.ts";
import { type LegDesk, type OrphanPeer, orphanPorts } from "./leg.ts";
import type { LiveTrunk } from "../trunk/live-trunk.ts";
import { endOrphan } from "./orphan.ts";
import { createAccount } from "../trunk/trunk-account.ts";
import type { TrunkOptions } from "../trunk/trunk-options.ts";

/** As an address that is no trunk is reached: the system's authorities are believed, and nobody else. */
const plainTls: TrunkOptions["tls"] = { verify: true, ca: undefined, serverName: undefined };

/** A connection that is not there by then will not come in time. */
const READY_MS = 2_000;

/**
 * Resolves when each was told, or cannot be. `live` is the call's own trunk; where that is gone, or is of no use any more, what was
 * stored of a line is enough to tell it, as long as nobody asks for a password or for a certificate of the trunk's own.
 */
export async function endLines(desk: LegDesk, live: LiveTrunk | undefined, orphan: OrphanCall): Promise<void> {
  await Promise.all([endPerson(desk, live, orphan), ...readLines(orphan.trace).map((line) => endLine(desk, live, line))]);
}

async function endPerson(desk: LegDesk, live: LiveTrunk | undefined, { callId, from, to, trace }: OrphanCall): Promise<void> {
  const { clock, log, secret } = desk.deps;
  const identity = identityOf(callId, secret);
  const known = readTrace(trace);
  const stored = known?.facts.callId === identity.callId ? known : undefined;
  await Promise.race([
    stored === undefined ? live?.ready() : desk.transport.prepare(stored.destination, tlsOf(live)),
    sleep(clock, READY_MS),
  ]);
  const open = stored ?? (live === undefined ? undefined : derivedTrace(desk, live, identity, { from, to }));
  if (open === undefined || desk.transport.own(open.destination) === undefined)
    return log.warn("sip.orphan_unreachable", { callId, problem: live === undefined ? "its trunk is gone" : live.problem() });
  // It may have been challenged after what was stored: a CANCEL that fits nothing does no harm.
  const invites = stored === undefined ? [1, 2] : [stored.invite, stored.invite + 1];
  await endOrphan({ ...orphanPorts(desk, peerOf(live)), identity, trace: open, invites });
}

/** Of a call of which nothing was stored but its row; undefined while the trunk is not reached. */
function derivedTrace(
  { transport }: LegDesk,
  live: LiveTrunk,
  identity: CallIdentity,
  numbers: { from: string; to: string },
): CallTrace | undefined {
  const destination = live.destinations()[0];
  const own = destination === undefined ? undefined : transport.own(destination);
  if (destination === undefined || own === undefined) return undefined;
  return { facts: callFacts(identity, numbers, live.options, own), destination, cseq: 1, invite: 1, dialogs: [] };
}

async function endLine(desk: LegDesk, live: LiveTrunk | undefined, { id, ofTrunk, tls, trace }: LineTrace): Promise<void> {
  const { clock, secret } = desk.deps;
  const identity = identityOf(id, secret);
  // Of another installation, or not of ours at all.
  if (identity.callId !== trace.facts.callId) return;
  // A bot has no account with us, and so no challenge of it is answered.
  const through = ofTrunk ? live : undefined;
  await Promise.race([desk.transport.prepare(trace.destination, tls ?? tlsOf(through)), sleep(clock, READY_MS)]);
  await endOrphan({ ...orphanPorts(desk, peerOf(through)), identity, trace, invites: [trace.invite, trace.invite + 1] });
}

function peerOf(live: LiveTrunk | undefined): OrphanPeer {
  return live === undefined
    ? { account: createAccount(undefined, () => ""), contact: "auto" }
    : { account: live.account, contact: live.options.contact };
}

function tlsOf(live: LiveTrunk | undefined): TrunkOptions["tls"] {
  return live?.options.tls ?? plainTls;
}
