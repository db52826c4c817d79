// The lines that an earlier process left open beside a person's: each is ended as the person's own is. Used by sip-dialer.ts.

import { sleep } from "../../runtime/clock.ts";
import type { LineTrace } from "./call-trace.ts";
import { identityOf } from "./identity.ts";
import { type LegDesk, orphanPorts } from "./leg.ts";
import type { LiveTrunk } from "../trunk/live-trunk.ts";
import { endOrphan } from "./orphan.ts";
import { createAccount } from "../trunk/trunk-account.ts";
import type { TrunkOptions } from "../trunk/trunk-options.ts";

/** As an address that is no trunk is reached: the system's authorities are believed, and nobody else. */
const plainTls: TrunkOptions["tls"] = { verify: true, ca: undefined, serverName: undefined };

/** A connection that is not there by then will not come in time. */
const READY_MS = 2_000;

/** Resolves when each was told, or cannot be. `live` is the call's own trunk. */
export async function endLines(desk: LegDesk, live: LiveTrunk, lines: readonly LineTrace[]): Promise<void> {
  await Promise.all(lines.map((line) => endLine(desk, live, line)));
}

async function endLine(desk: LegDesk, live: LiveTrunk, { id, ofTrunk, trace }: LineTrace): Promise<void> {
  const { clock, secret } = desk.deps;
  const identity = identityOf(id, secret);
  // Of another installation, or not of ours at all.
  if (identity.callId !== trace.facts.callId) return;
  // A bot has no account with us, and so no challenge of it is answered.
  const peer = ofTrunk ? live : { account: createAccount(undefined, () => ""), options: { ...live.options, contact: "auto" as const } };
  await Promise.race([desk.transport.prepare(trace.destination, ofTrunk ? live.options.tls : plainTls), sleep(clock, READY_MS)]);
  await endOrphan({ ...orphanPorts(desk, peer), identity, trace, invites: [trace.invite, trace.invite + 1] });
}
