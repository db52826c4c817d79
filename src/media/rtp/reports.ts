// The RTCP of one call: a report about every five seconds, a goodbye at the end, and what the far end reports.

import type { Clock } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import type { CallSecurity } from "./call-security.ts";
import type { Incoming } from "./incoming.ts";
import type { Outgoing } from "./outgoing.ts";
import type { PortPair } from "./port-pair.ts";
import type { RemoteMedia } from "../protocol.ts";
import { buildRtcp, parseRtcp, RTCP_INTERVAL_MS } from "./rtcp.ts";

/** The call that is reported on. */
interface ReportParts {
  ports: PortPair;
  clock: Clock;
  random: Random;
  outgoing: Outgoing;
  incoming: Incoming;
  security: CallSecurity;
}

/** Where the far end takes reports: on RTP's own port, on one that it named, or on the one above. */
type ReportPlace = Pick<RemoteMedia, "port" | "rtcpMux" | "rtcpPort">;

/** One call's RTCP. */
export interface Reports {
  /** Sends a report when one is due. */
  tick(nowMs: number, place: ReportPlace): void;
  /** Whether the datagram was valid RTCP. */
  receive(bytes: Uint8Array): boolean;
  goodbye(place: ReportPlace): void;
}

/** Says nothing until the first `tick` after a connect, and then after 1.25 to 3.75 s. */
export function createReports(parts: ReportParts): Reports {
  const { ports, clock, random, outgoing, incoming, security } = parts;
  // A name that says nothing of the machine, as RFC 7022 asks.
  const cname = Buffer.from(random.bytes(12)).toString("base64");
  let dueMs: number | undefined;
  let packetsReported = 0;
  let lastReport: { ntpMiddle: number; atMs: number } | undefined;

  const pause = () => RTCP_INTERVAL_MS * (0.5 + random.fraction());
  const send = ({ port, rtcpMux, rtcpPort }: ReportPlace, goodbye: boolean) => {
    const target = incoming.latch()?.target();
    if (target === undefined) return;
    const facts = outgoing.facts();
    const packet = buildRtcp({
      ssrc: outgoing.ssrc,
      cname,
      nowEpochMs: clock.now(),
      sent: facts.packets > packetsReported ? facts : undefined,
      reception: incoming.reception.report(),
      lastReport: lastReport && { ntpMiddle: lastReport.ntpMiddle, ageMs: clock.monotonicMs() - lastReport.atMs },
      goodbye,
    });
    packetsReported = facts.packets;
    const secured = security.sender()?.protectRtcp(packet) ?? packet;
    if (rtcpMux === true) return ports.sendRtp(secured, target);
    // A port that was named counts for nothing where the audio turned out to come from another one: there is NAT in between.
    const named = target.port === port ? rtcpPort : undefined;
    ports.sendRtcp(secured, { address: target.address, port: named ?? target.port + 1 });
  };

  return {
    tick(nowMs, place) {
      dueMs ??= nowMs + pause() / 2;
      if (nowMs < dueMs) return;
      dueMs = nowMs + pause();
      send(place, false);
    },
    receive(bytes) {
      const receiver = security.receiver();
      const clear = receiver === undefined ? bytes : receiver.unprotectRtcp(bytes);
      const heard = clear === undefined ? undefined : parseRtcp(clear, outgoing.ssrc);
      if (heard === undefined) return false;
      if (heard.senderReport !== undefined) lastReport = { ntpMiddle: heard.senderReport.ntpMiddle, atMs: clock.monotonicMs() };
      return true;
    },
    goodbye: (place) => send(place, true),
  };
}
