// The classes of RFC 4475's torture messages (and RFC 5118's for IPv6), each re-created here with its section: what is valid
// is read as the RFC says, what is not is refused.

import { describe, expect, test } from "bun:test";
import { type IncomingMessage, headerOf, listOf, parseMessage } from "../../src/sip/message/message.ts";
import { parseSdp } from "../../src/sip/message/sdp.ts";
import { parseUri } from "../../src/sip/message/uri.ts";

const lines = (text: string) => text.replace(/\n/g, "\r\n");
const bytesOf = (text: string) => Buffer.from(text, "latin1");

interface Parts {
  start?: string;
  via?: string;
  to?: string;
  from?: string;
  callId?: string;
  cseq?: string;
  more?: string[];
  body?: string;
  length?: string;
}

/** A plain OPTIONS, with one part made strange. */
function message(parts: Parts): Buffer {
  const head = [
    parts.start ?? "OPTIONS sip:user@example.com SIP/2.0",
    parts.via ?? "Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKplain",
    parts.to ?? "To: <sip:user@example.com>",
    parts.from ?? "From: <sip:caller@example.net>;tag=4711",
    parts.callId ?? "Call-ID: torture.1@192.0.2.10",
    parts.cseq ?? "CSeq: 7 OPTIONS",
    ...(parts.more ?? ["Max-Forwards: 70"]),
    parts.length ?? `Content-Length: ${(parts.body ?? "").length}`,
  ];
  return bytesOf(`${head.join("\r\n")}\r\n\r\n${parts.body ?? ""}`);
}

function read(bytes: Uint8Array): IncomingMessage {
  const parsed = parseMessage(bytes);
  if (!("message" in parsed)) throw new Error(`refused: ${JSON.stringify(parsed)}`);
  return parsed.message;
}

describe("valid messages (RFC 4475 §3.1.1)", () => {
  test("3.1.1.1 folded lines, compact and odd names, white space everywhere", () => {
    const body = lines("v=0\no=x 1 1 IN IP4 192.0.2.3\ns=-\nc=IN IP4 192.0.2.4\nt=0 0\nm=audio 49217 RTP/AVP 0 12\n");
    const text = lines(`INVITE sip:wilma@chair.example.com;unknownparam SIP/2.0
TO :
 sip:wilma@chair.example.com ;   tag    = 1918181833n
from   : "F Flint \\\\\\""       <sip:fred@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: fold.ndaksdj@192.0.2.1
Content-Length   : ${body.length}
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \\"\\"" <sip:fred@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33

`);
    const invite = read(bytesOf(text + body));
    expect(invite).toMatchObject({
      kind: "request",
      method: "INVITE",
      callId: "fold.ndaksdj@192.0.2.1",
      cseq: { number: 9, method: "INVITE" },
    });
    expect(invite.to.parameters.get("tag")).toBe("1918181833n");
    expect([invite.from.displayName, invite.from.uri, invite.from.parameters.get("tag")]).toEqual([
      'F Flint \\"',
      "sip:fred@example.com",
      "98asjd8",
    ]);
    expect(listOf(invite, "Via")).toHaveLength(3);
    expect(headerOf(invite, "Subject")).toBe("");
    expect(headerOf(invite, "newfangledheader")).toBe("newfangled value continued newfangled value");
    expect(parseSdp(Buffer.from(invite.body).toString())?.address).toBe("192.0.2.4");
  });

  const strangeMethod = "!interesting-Method0123456789_*+`.%indeed'~";
  test.each<[string, Parts, Partial<IncomingMessage>]>([
    [
      "3.1.1.2 every character that the grammar allows",
      {
        start: `${strangeMethod} sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0`,
        to: 'To: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:1_unusual.URI~(to-be!sure)&isn\'t+it$/crazy?,/;;*@example.com>',
        from: "From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"\xd1\x80\xd0\xb0\";tag=_token~1'+`*%!-.",
        callId: "Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{",
        cseq: `CSeq: 139122385 ${strangeMethod}`,
        more: ["Max-Forwards: 255", "extensionHeader-!.%*+_`'~:\xef\xbb\xbf\xe5\xa4\xa7\xe5\x81\x9c\xe9\x9b\xbb"],
      },
      { method: strangeMethod } as Partial<IncomingMessage>,
    ],
    [
      "3.1.1.3 escapes in a URI",
      { start: "OPTIONS sip:sips%3Auser%40example.com@example.net SIP/2.0" },
      { uri: "sip:sips%3Auser%40example.com@example.net" } as Partial<IncomingMessage>,
    ],
    ["3.1.1.4 an escaped null", { to: "To: sip:null-%00-null@example.com" }, {}],
    [
      "3.1.1.5 a percent sign that escapes nothing",
      {
        start: "RE%47IST%45R sip:registrar.example.com SIP/2.0",
        cseq: "CSeq: 29344 RE%47IST%45R",
        from: 'From: "%Z%45" <sip:resource@example.com>;tag=f232jadfj23',
      },
      { method: "RE%47IST%45R" } as Partial<IncomingMessage>,
    ],
    ["3.1.1.6 no space before the bracket", { from: "From: caller<sip:caller@example.com>;tag=323" }, {}],
    [
      "3.1.1.7 long values",
      {
        to: `To: "I have a user name of ${"extreme".repeat(40)} proportion"<sip:user@example.com:6000;${"unknownparam1=very".repeat(1)}${"long".repeat(80)}value>`,
        callId: `Call-ID: longreq.one${"really".repeat(60)}longcallid`,
      },
      {},
    ],
    ["3.1.1.9 a semicolon in the user part", { start: "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0" }, {}],
    [
      "3.1.1.10 transports nobody knows",
      {
        via: "Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw, SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf, SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en",
      },
      {},
    ],
    [
      "3.1.1.12 a reason phrase of other alphabets",
      { start: "SIP/2.0 200 = 2**3 * 5**2 \xd0\xbd\xd0\xbe \xd1\x81\xd1\x82\xd0\xbe", cseq: "CSeq: 35 INVITE" },
      { status: 200 } as Partial<IncomingMessage>,
    ],
    [
      "3.1.1.13 an empty reason phrase",
      { start: "SIP/2.0 100 ", cseq: "CSeq: 35 INVITE" },
      { status: 100, reason: "" } as Partial<IncomingMessage>,
    ],
  ])("%s", (_, parts, expected) => expect(read(message(parts))).toMatchObject(expected));

  test("3.1.1.8 two requests in one datagram: the first, and nothing of the second", () => {
    const first = message({});
    expect(read(Buffer.concat([first, message({ callId: "Call-ID: second" })]))).toMatchObject({ callId: "torture.1@192.0.2.10" });
    expect(read(Buffer.concat([first, message({})])).body).toHaveLength(0);
  });

  test("3.1.1.11 a body of bytes passes unchanged", () => {
    const body = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("");
    expect([...read(message({ body, more: ["Content-Type: multipart/mixed;boundary=7a9cbec02ceef655"] })).body]).toEqual(
      Array.from({ length: 256 }, (_, code) => code),
    );
  });
});

describe("invalid messages (RFC 4475 §3.1.2) are refused", () => {
  test.each<[string, Parts]>([
    ["3.1.2.1 separators without a parameter, Contact", { more: ['Contact: "Joe" <sip:joe@example.org>;;;;'] }],
    ["3.1.2.1 separators without a parameter, Via", { via: "Via: SIP/2.0/UDP 192.0.2.15;;,;,," }],
    ["3.1.2.2 a Content-Length above what is there", { length: "Content-Length: 9999", body: "v=0" }],
    ["3.1.2.3 a negative Content-Length", { length: "Content-Length: -999" }],
    ["3.1.2.4 a CSeq that no counter holds", { cseq: "CSeq: 36893488147419103232 OPTIONS" }],
    ["3.1.2.4 Max-Forwards above 255", { more: ["Max-Forwards: 300"] }],
    ["3.1.2.4 Expires beyond 32 bits", { more: ["Expires: 1000000000000000000000000000000000"] }],
    ["3.1.2.5 the same in a response", { start: "SIP/2.0 503 Service Unavailable", cseq: "CSeq: 9292394834772304023312 OPTIONS" }],
    ["3.1.2.6 a quote that does not close", { to: 'To: "Mr. J. User <sip:j.user@example.com>' }],
    ["3.1.2.7 brackets round the Request-URI", { start: "OPTIONS <sip:user@example.com> SIP/2.0" }],
    ["3.1.2.8 white space in the Request-URI", { start: "OPTIONS sip:user@example.com; lr SIP/2.0" }],
    ["3.1.2.9 two spaces in the request line", { start: "OPTIONS  sip:user@example.com  SIP/2.0" }],
    ["3.1.2.10 spaces at the end of the request line", { start: "OPTIONS sip:user@example.com SIP/2.0  " }],
    ["3.1.2.11 headers in the Request-URI", { start: "OPTIONS sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0" }],
    ["3.1.2.12 a Date in another zone than GMT", { more: ["Date: Fri, 01 Jan 2010 16:00:00 EST"] }],
    ["3.1.2.13 URI headers without brackets", { more: ["Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E"] }],
    ["3.1.2.14 spaces inside the brackets", { to: 'To: "Watson, Thomas" < sip:t.watson@example.org >' }],
    ["3.1.2.16 another version of the protocol", { start: "OPTIONS sip:user@example.com SIP/7.0" }],
    ["3.1.2.17 the CSeq names another method", { cseq: "CSeq: 8 INVITE" }],
    ["3.1.2.18 an unknown method, and the CSeq another", { start: "NEWMETHOD sip:user@example.com SIP/2.0", cseq: "CSeq: 8 OPTIONS" }],
    ["3.1.2.19 a status code beyond all codes", { start: "SIP/2.0 4294967301 better not break the receiver" }],
    ["3.3.1 no Call-ID", { callId: "X: y" }],
    ["3.3.1 no From", { from: "X: y" }],
    ["3.3.1 no To", { to: "X: y" }],
    ["3.3.1 no Via", { via: "X: y" }],
    ["3.3.1 no CSeq", { cseq: "X: y" }],
    ["3.3.8 a second CSeq", { more: ["CSeq: 59 OPTIONS"] }],
    ["3.3.8 a second Call-ID", { more: ["Call-ID: another"] }],
    ["3.3.8 a second From", { more: ["f: <sip:other@example.com>;tag=1"] }],
    ["3.3.8 a second Max-Forwards", { more: ["Max-Forwards: 70", "Max-Forwards: 5"] }],
    ["3.3.9 a second Content-Length", { more: ["l: 5"], body: "hello" }],
    ["a header without a colon", { more: ["Nonsense"] }],
    ["a header without a name", { more: [": value"] }],
    ["a bare line feed for a line's end", { more: ["X: y\nContent-Length: 5"] }],
  ])("%s", (_, parts) => expect(parseMessage(message(parts))).toHaveProperty("refused"));

  test.each(["", "\r\n\r\n", "\r\n", "\0\0\0\0"])("nothing but line breaks, or zeros, is a keep-alive", (text) =>
    expect(parseMessage(bytesOf(text))).toEqual({ keepAlive: true }),
  );
  test("a head without an end", () => expect(parseMessage(bytesOf("OPTIONS sip:a@b SIP/2.0\r\nVia: x"))).toHaveProperty("refused"));
});

describe("messages that parse, and are strange to what acts on them (RFC 4475 §3.2 to §3.4)", () => {
  test.each<[string, Parts]>([
    ["3.1.2.12 a Date in another zone than GMT, in a response", { start: "SIP/2.0 200 OK", more: ["Date: Fri, 01 Jan 2010 16:00:00 EST"] }],
    ["3.1.2.15 a comma in a display name without quotes", { from: "From: Bell, Alexander <sip:a.g.bell@example.com>;tag=43" }],
    ["a Contact of a response that nobody could call", { start: "SIP/2.0 200 OK", more: ["Contact: <sip:od[d]@192.0.2.1>"] }],
    ["a separator at the end of a Via", { via: "Via: SIP/2.0/UDP 192.0.2.1:5060;rport;" }],
    ["3.2.1 a branch of nothing but the cookie", { via: "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK" }],
    ["3.3.2 an unknown scheme", { start: "OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0" }],
    ["3.3.3 a known scheme that is none of SIP's", { start: "OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0" }],
    ["3.3.4 unknown schemes in From and To", { to: "To: isbn:2983792873", from: "From: <http://www.example.com>;tag=3234233" }],
    ["3.3.5 extensions nobody supports", { more: ["Require: nothingSupportsThis, nothingSupportsThisEither"] }],
    ["3.3.6 an unknown content type", { more: ["Content-Type: application/unknownformat"], body: "<audio/>" }],
    ["3.3.7 an unknown scheme of authorization", { more: ["Authorization: NoOneKnowsThisScheme opaque-data=here"] }],
    [
      "3.3.10 a Via of everybody",
      {
        start: "SIP/2.0 200 OK",
        via: "Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923\r\nVia: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23",
      },
    ],
    ["3.3.11 no hop left", { more: ["Max-Forwards: 0"] }],
    ["3.3.12 an unknown Contact parameter", { more: ["Contact: sip:+19725552222@gw1.example.net;unknownparam"] }],
    ["3.3.14 URI headers inside brackets", { more: ["Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>"] }],
    ["3.3.15 an Accept that cannot be met", { more: ["Accept: text/nobodyKnowsThis"] }],
    [
      "3.4.1 as RFC 2543 had it: no tag, no branch, no Max-Forwards",
      {
        via: "Via: SIP/2.0/UDP iftgw.example.com",
        from: "From: <sip:+13035551111@ift.client.example.net;user=phone>",
        more: ["Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>"],
      },
    ],
  ])("%s", (_, parts) => expect(parseMessage(message(parts))).toHaveProperty("message"));
});

describe("IPv6 (RFC 5118)", () => {
  test("4.1 a literal in brackets", () => expect(parseUri("sip:[2001:db8::10]")).toMatchObject({ host: "2001:db8::10", port: undefined }));
  test("4.2 one without brackets is refused", () =>
    expect(parseMessage(message({ start: "OPTIONS sip:2001:db8::10 SIP/2.0" }))).toHaveProperty("refused"));
  test("4.3 what looks like a port inside the brackets is none", () =>
    expect(parseUri("sip:[2001:db8::10:5070]")).toMatchObject({ host: "2001:db8::10:5070", port: undefined }));
  test("4.4 a port outside of them is one", () =>
    expect(parseUri("sip:[2001:db8::10]:5070")).toMatchObject({ host: "2001:db8::10", port: 5_070 }));
  test.each(["[2001:db8::9:255]", "2001:db8::9:255"])("4.5 received=%s in a Via", (address) => {
    expect(read(message({ via: `Via: SIP/2.0/UDP [2001:db8::9:1];received=${address};branch=z9hG4bKas3-111` })).via).toMatchObject({
      host: "2001:db8::9:1",
      port: undefined,
    });
  });
  test("4.7 addresses of both families in one description", () => {
    const sdp = lines(
      "v=0\no=a 1 1 IN IP6 2001:db8::20\ns=-\nt=0 0\nm=audio 30000 RTP/AVP 0\nc=IN IP6 2001:db8::20\nm=video 30001 RTP/AVP 31\nc=IN IP4 192.0.2.1\n",
    );
    expect(parseSdp(sdp)).toMatchObject({ address: "2001:db8::20", port: 30_000 });
  });
  test("4.9 an IPv4 address mapped into IPv6", () =>
    expect(parseUri("sip:user@[::ffff:192.0.2.10]")).toMatchObject({ host: "::ffff:192.0.2.10" }));
  test("4.10 three colons, as a mistake in the grammar allows, do no harm", () =>
    expect(parseMessage(message({ start: "OPTIONS sip:user@[2001:db8:::192.0.2.1] SIP/2.0" }))).toHaveProperty("message"));
  test("a Via with a port", () =>
    expect(read(message({ via: "Via: SIP/2.0/TCP [2001:db8::9:1]:5070;branch=z9hG4bK1" })).via).toMatchObject({
      host: "2001:db8::9:1",
      port: 5_070,
      transport: "TCP",
    }));
});
