// A far end of its own, sharing no code with the product: answers SIP over UDP and writes down every request that it gets.
// A process of its own, so that it outlives the appliance that a drill kills. Arguments: log file. Prints its port.
// Numbers ending in 1 ring for ever, others are answered at once.

import { appendFileSync } from "node:fs";
import { createSocket } from "node:dgram";

const [file = ""] = process.argv.slice(2);
const socket = createSocket("udp4");
const calls = new Map<string, { invite: string; answered: boolean; repeat?: Timer }>();

const header = (text: string, name: string) => new RegExp(`^${name}\\s*:\\s*(.*)$`, "im").exec(text)?.[1]?.trim() ?? "";

function respond(request: string, status: string, sdp = ""): string {
  const lines = request.split("\r\n").filter((line) => /^via\s*:/i.test(line));
  const to = header(request, "To");
  const body = sdp === "" ? [] : ["Content-Type: application/sdp"];
  return [
    `SIP/2.0 ${status}`,
    ...lines,
    `From: ${header(request, "From")}`,
    `To: ${to.includes("tag=") ? to : `${to};tag=witness`}`,
    `Call-ID: ${header(request, "Call-ID")}`,
    `CSeq: ${header(request, "CSeq")}`,
    `Contact: <sip:witness@127.0.0.1:${socket.address().port}>`,
    ...body,
    `Content-Length: ${sdp.length}`,
    "",
    sdp,
  ].join("\r\n");
}

socket.on("message", (bytes, { address, port }) => {
  const text = bytes.toString();
  if (text.startsWith("SIP/2.0")) return;
  const send = (answer: string) => socket.send(answer, port, address);
  const [method = "", uri = ""] = text.split(" ", 2);
  const callId = header(text, "Call-ID");
  const number = /sip:([^@;>]*)/.exec(uri)?.[1] ?? "";
  const branch = /branch=([^;,\s]+)/.exec(header(text, "Via"))?.[1] ?? "";
  appendFileSync(file, `${JSON.stringify({ at: Date.now(), method, callId, number, branch, cseq: header(text, "CSeq") })}\n`);
  switch (method) {
    case "INVITE": {
      const answered = !number.endsWith("1");
      if (calls.has(callId)) return undefined;
      const call: { invite: string; answered: boolean; repeat?: Timer } = { invite: text, answered };
      calls.set(callId, call);
      const sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";
      if (!answered) return send(respond(text, "180 Ringing"));
      // Until the ACK, as RFC 3261 §13.3.1.4 wants it.
      const repeat = (pauseMs: number): void => {
        send(respond(text, "200 OK", sdp));
        call.repeat = setTimeout(() => repeat(Math.min(4_000, pauseMs * 2)), pauseMs);
      };
      return repeat(500);
    }
    case "CANCEL": {
      const call = calls.get(callId);
      send(respond(text, call === undefined ? "481 Call/Transaction Does Not Exist" : "200 OK"));
      return call !== undefined && !call.answered ? send(respond(call.invite, "487 Request Terminated")) : undefined;
    }
    case "ACK":
      return clearTimeout(calls.get(callId)?.repeat);
    default:
      return send(respond(text, "200 OK"));
  }
});
socket.bind(0, "127.0.0.1", () => process.stdout.write(`${socket.address().port}\n`));
