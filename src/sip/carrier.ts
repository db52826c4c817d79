// A built-in carrier: answers calls on the loopback by a given course, so that a whole call can be seen without a trunk.
// For `outdial demo --sip` and for tests; not a server to be put on a network.

import type { Cancel, Clock } from "../runtime/clock.ts";
import type { Random } from "../runtime/random.ts";
import { answer } from "./transaction/answers.ts";
import type { OwnAddress } from "./call/call-requests.ts";
import type { Destination } from "./call/call-trace.ts";
import { textOf } from "./message/body.ts";
import { type Header, headerOf, type IncomingRequest, parseMessage, serialise } from "./message/message.ts";
import { parseSdp, writeSdp } from "./message/sdp.ts";
import { patienceMs, type SipTimers, standardTimers } from "./transaction/timers.ts";
import { openUdp, type UdpTransport } from "./transport/udp-transport.ts";
import { hostText, parseUri } from "./message/uri.ts";
import { parseNameAddr } from "./message/header-values.ts";

/** What happens to a call. Real times. */
export interface CarrierCourse {
  rings: boolean;
  answers: boolean;
  ringMs: number;
  /** Until the carrier hangs up. */
  talkMs: number;
  /** The final answer when it does not answer the call; else 200. */
  status: number;
  q850Cause?: number;
  headers?: readonly Header[];
}

export interface CarrierOptions {
  clock: Clock;
  random: Random;
  bind: { address: string; port: number };
  timers?: SipTimers;
  /** By the number called, as it stands in the Request-URI. */
  courseOf: (number: string) => CarrierCourse;
  /** Where the answering end takes audio; `talkTo` is the caller's. Told once, when the call is answered. */
  media: (call: { callId: string; number: string; talkTo: OwnAddress | undefined }) => OwnAddress;
  /** The call is over, however it ended: its audio may stop. */
  over?: (callId: string) => void;
}

export interface Carrier {
  port: number;
  /** Calls that ring or talk. */
  open(): number;
  /** Every request that was new, `INVITE +1555…`, in order; the last 100,000. */
  seen(): readonly string[];
  stop(): Promise<void>;
}

interface CarrierCall {
  invite: IncomingRequest;
  from: Destination;
  tag: string;
  course: CarrierCourse;
  stage: "alerting" | "talking" | "over";
  /** The last response to the INVITE, for its repeats. */
  last: Uint8Array;
  cancelTimer: Cancel;
  cancelRepeat: Cancel;
  number: string;
}

const phrases: Record<number, string> = {
  100: "Trying",
  180: "Ringing",
  404: "Not Found",
  480: "Temporarily Unavailable",
  486: "Busy Here",
  487: "Request Terminated",
  500: "Server Internal Error",
  503: "Service Unavailable",
  603: "Decline",
};
const MOST_SEEN = 100_000;

interface Desk {
  options: CarrierOptions;
  timers: SipTimers;
  udp: UdpTransport;
  calls: Map<string, CarrierCall>;
  seen: string[];
}

/** Resolves when its socket is bound. */
export async function openCarrier(options: CarrierOptions): Promise<Carrier> {
  const calls = new Map<string, CarrierCall>();
  const udp: UdpTransport = await openUdp(options.bind.address, options.bind.port, (bytes, from) => {
    const parsed = parseMessage(bytes);
    if (!("message" in parsed)) return;
    const { message } = parsed;
    if (message.kind === "request") receive(desk, message, from);
    else if (message.cseq.method === "BYE") calls.get(message.callId)?.cancelRepeat();
  });
  const desk: Desk = { options, timers: options.timers ?? standardTimers, udp, calls, seen: [] };
  return {
    port: udp.port,
    open: () => [...calls.values()].filter(({ stage }) => stage !== "over").length,
    seen: () => desk.seen,
    stop() {
      for (const call of calls.values()) {
        close(desk, call);
        call.cancelTimer();
        call.cancelRepeat();
      }
      calls.clear();
      return udp.close();
    },
  };
}

function newTag({ options }: Desk): string {
  return Buffer.from(options.random.bytes(8)).toString("hex");
}

function hostPort({ options, udp }: Desk): string {
  return `${hostText(options.bind.address)}:${udp.port}`;
}

function note({ seen }: Desk, request: IncomingRequest): void {
  if (seen.length < MOST_SEEN) seen.push(`${request.method} ${parseUri(request.uri)?.user ?? ""}`);
}

function respond(desk: Desk, call: CarrierCall, status: number, more: { headers?: readonly Header[]; sdp?: string } = {}): void {
  const contact: Header = ["Contact", `<sip:carrier@${hostPort(desk)}>`];
  const response = answer(call.invite, status, call.from, {
    ...more,
    headers: [contact, ...(more.headers ?? [])],
    ...(status === 100 ? {} : { toTag: call.tag }),
  });
  call.last = serialise({ ...response, reason: phrases[status] ?? response.reason });
  desk.udp.send(call.last, call.from);
}

/** UDP loses packets: repeated with growing pauses until `cancelRepeat`. */
function repeat(desk: Desk, call: CarrierCall, bytes: Uint8Array, pauseMs = desk.timers.t1Ms, waitedMs = 0): void {
  const { options, timers, udp } = desk;
  call.cancelRepeat = options.clock.after(pauseMs, () => {
    if (waitedMs > patienceMs(timers)) return;
    udp.send(bytes, call.from);
    repeat(desk, call, bytes, Math.min(timers.t2Ms, pauseMs * 2), waitedMs + pauseMs);
  });
}

/** Over, but kept for repeats. */
function close({ options, timers, calls }: Desk, call: CarrierCall): void {
  if (call.stage === "over") return;
  call.stage = "over";
  call.cancelTimer();
  call.cancelRepeat();
  options.over?.(call.invite.callId);
  call.cancelTimer = options.clock.after(patienceMs(timers), () => {
    call.cancelRepeat();
    calls.delete(call.invite.callId);
  });
}

function refuse(desk: Desk, call: CarrierCall, status: number): void {
  const { q850Cause, headers = [] } = call.course;
  close(desk, call);
  respond(desk, call, status, {
    headers: [...headers, ...(q850Cause === undefined ? [] : [["Reason", `Q.850;cause=${q850Cause}`] as const])],
  });
  repeat(desk, call, call.last);
}

function hangUp(desk: Desk, call: CarrierCall): void {
  const target = parseNameAddr(headerOf(call.invite, "Contact") ?? "")?.uri ?? call.invite.from.uri;
  close(desk, call);
  const bytes = serialise({
    method: "BYE",
    uri: target,
    headers: [
      ["Via", `SIP/2.0/UDP ${hostPort(desk)};rport;branch=z9hG4bK${newTag(desk)}`],
      ["Max-Forwards", "70"],
      ["From", `${headerOf(call.invite, "To") ?? ""};tag=${call.tag}`],
      ["To", headerOf(call.invite, "From") ?? ""],
      ["Call-ID", call.invite.callId],
      ["CSeq", "1 BYE"],
      ["Reason", "Q.850;cause=16"],
    ],
  });
  desk.udp.send(bytes, call.from);
  repeat(desk, call, bytes);
}

function pickUp(desk: Desk, call: CarrierCall): void {
  const { options } = desk;
  const offer = parseSdp(textOf(call.invite) ?? "");
  const own = options.media({
    callId: call.invite.callId,
    number: call.number,
    talkTo: offer && { address: offer.address, port: offer.port },
  });
  const sdp = writeSdp(
    { sessionId: 1, version: 1, ...own, codecs: ["PCMU", "PCMA"], direction: "sendrecv", crypto: [], secureOnly: false },
    offer,
  );
  call.stage = "talking";
  respond(desk, call, 200, { sdp });
  repeat(desk, call, call.last);
  call.cancelTimer = options.clock.after(call.course.talkMs, () => hangUp(desk, call));
}

function begin(desk: Desk, invite: IncomingRequest, from: Destination): void {
  const number = parseUri(invite.uri)?.user ?? "";
  const course = desk.options.courseOf(number);
  const call: CarrierCall = {
    invite,
    from,
    tag: newTag(desk),
    course,
    stage: "alerting",
    last: new Uint8Array(),
    cancelTimer: () => undefined,
    cancelRepeat: () => undefined,
    number,
  };
  desk.calls.set(invite.callId, call);
  note(desk, invite);
  respond(desk, call, course.rings ? 180 : 100);
  const decide = () => (course.answers ? pickUp(desk, call) : refuse(desk, call, course.status));
  if (course.ringMs > 0) call.cancelTimer = desk.options.clock.after(course.ringMs, decide);
  else decide();
}

function receive(desk: Desk, request: IncomingRequest, from: Destination): void {
  const { calls, udp } = desk;
  const call = calls.get(request.callId);
  const reply = (status: number) => void udp.send(serialise(answer(request, status, from, { toTag: call?.tag ?? newTag(desk) })), from);
  switch (request.method) {
    case "INVITE":
      if (call === undefined) return begin(desk, request, from);
      // A re-INVITE of the caller's session timer is answered as the call was.
      if (request.to.parameters.has("tag")) return reply(call.stage === "talking" ? 200 : 481);
      return void udp.send(call.last, from);
    case "ACK":
      return call?.cancelRepeat();
    case "CANCEL":
      reply(call === undefined ? 481 : 200);
      if (call === undefined || call.stage !== "alerting") return;
      note(desk, request);
      return refuse(desk, call, 487);
    case "BYE":
      reply(call === undefined ? 481 : 200);
      if (call === undefined || call.stage === "over") return;
      note(desk, request);
      return close(desk, call);
    default:
      return reply(request.method === "OPTIONS" || call !== undefined ? 200 : 481);
  }
}
