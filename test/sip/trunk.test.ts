// What a trunk's settings come to: options, numbers, prefixes, names in DNS, registration, keep-alive.

import { describe, expect, test } from "bun:test";
import { seededRandom } from "../../src/runtime/random.ts";
import { callFacts, inviteRequest } from "../../src/sip/call/call-requests.ts";
import { identityOf } from "../../src/sip/call/identity.ts";
import { absenceProblem, isGone, noteAlive, optionsProblem, unknownAlive } from "../../src/sip/trunk/liveness.ts";
import { type IncomingResponse, parseMessage, serialise } from "../../src/sip/message/message.ts";
import { rewriteNumber, unchanged } from "../../src/sip/trunk/number-rewriting.ts";
import { trunkVerdict } from "../../src/trunks/prefix-guard.ts";
import { registrationStep } from "../../src/sip/trunk/registration-step.ts";
import { type Dns, resolveTrunk } from "../../src/sip/transport/resolve.ts";
import { orderSrv, type SrvRecord } from "../../src/sip/transport/srv-order.ts";
import { readTrunkOptions, type TrunkOptions } from "../../src/sip/trunk/trunk-options.ts";
import { trunkProfiles } from "../../src/sip/trunk/trunk-profiles.ts";

function options(more: Record<string, unknown> = {}): TrunkOptions {
  const read = readTrunkOptions({ host: "sip.example.com", ...more });
  if ("problems" in read) throw new Error(read.problems.join("; "));
  return read.options;
}

function invite(more: Record<string, unknown>, numbers = { from: "+15550100001", to: "+15550100002" }): string {
  const trunk = options(more);
  const facts = callFacts(identityOf("call_1", "secret"), numbers, trunk, { address: "192.0.2.9", port: 5_070 });
  return serialise(
    inviteRequest(facts, {
      cseq: 1,
      branch: "z9hG4bK1",
      sessionSeconds: trunk.sessionSeconds,
      reliableProvisional: trunk.reliableProvisional,
      headers: trunk.headers,
      credentials: [],
      sdp: "",
    }),
  ).toString("latin1");
}

describe("a trunk's options", () => {
  test("defaults", () =>
    expect(options()).toMatchObject({
      transport: "udp",
      port: undefined,
      codecs: ["PCMA", "PCMU"],
      domain: "sip.example.com",
      latch: true,
      srtp: "off",
      contact: "auto",
      register: false,
    }));
  test("null counts as absent", () =>
    expect(options({ username: null, password: null, port: null })).toMatchObject({ username: undefined, port: undefined }));
  test.each<[Record<string, unknown>, string]>([
    [{ host: undefined }, "host is missing"],
    [{ port: 70_000 }, "port must be a whole number from 1 to 65535"],
    [{ transport: "sctp" }, "transport must be one of udp, tcp, tls"],
    [{ codecs: ["G729"] }, "codecs must be a list of PCMA, PCMU, each once"],
    [{ username: "a\r\nX: y", password: "p" }, "username must be a text on one line"],
    [{ username: "a" }, "username needs a password"],
    [{ register: true }, "register needs a username"],
    [{ headers: { Via: "x" } }, "headers.Via must be"],
    [{ headers: { "X-A": "b\nc" } }, "headers.X-A must be"],
    [{ rewriteTo: { pattern: "(" } }, "rewriteTo.pattern is not a regular expression: ("],
    [{ colour: "red" }, "colour is not an option"],
    [{ callerId: { shout: true } }, "callerId.shout is not an option"],
    [{ outboundProxy: "a:b:c" }, "outboundProxy must be host or host:port"],
  ])("%o: %s", (more, sentence) => {
    const read = readTrunkOptions({ host: "sip.example.com", ...more });
    expect("problems" in read ? read.problems.join("; ") : "accepted").toContain(sentence);
  });
  test("every profile reads, once its host is given, and names its source", () => {
    for (const { options: known, source } of Object.values(trunkProfiles)) {
      expect(readTrunkOptions({ host: "sip.example.com", ...known })).toHaveProperty("options");
      expect(source.length).toBeGreaterThan(10);
    }
  });
});

describe("the INVITE as a trunk wants it", () => {
  test("numbers are rewritten, the caller is asserted", () => {
    const text = invite({
      rewriteTo: { strip: 1, prefix: "00" },
      rewriteFrom: { pattern: "^\\+1", replacement: "" },
      callerId: { displayName: 'Ünal "Q"' },
    });
    expect(text).toStartWith("INVITE sip:0015550100002@sip.example.com SIP/2.0\r\n");
    expect(text).toContain(`From: "${Buffer.from("Ünal").toString("latin1")} \\"Q\\"" <sip:5550100001@sip.example.com>;tag=`);
    expect(text).toContain("P-Asserted-Identity: <sip:5550100001@sip.example.com>\r\n");
  });
  test("privacy hides the number from From alone", () => {
    const text = invite({ callerId: { privacy: true } });
    expect(text).toContain('From: "Anonymous" <sip:anonymous@anonymous.invalid>');
    expect(text).toContain("Privacy: id\r\n");
    expect(text).toContain("P-Asserted-Identity: <sip:+15550100001@");
  });
  test("an outbound proxy, an account as the caller, headers of its own, TLS", () => {
    const text = invite({
      outboundProxy: "proxy.example.com:5070",
      transport: "tls",
      username: "acct",
      password: "p",
      callerId: { fromUser: "username", fromDomain: "acct.example.com", assertedIdentity: false },
      headers: { "X-Token": "abc" },
      sessionSeconds: 0,
      reliableProvisional: false,
    });
    expect(text).toContain("Route: <sip:proxy.example.com:5070;lr;transport=tls>\r\n");
    expect(text).toContain("From: <sip:acct@acct.example.com>");
    expect(text).toContain("X-Token: abc\r\n");
    expect(text).toContain("Contact: <sip:outdial@192.0.2.9:5070;transport=tls>");
    expect(text).not.toMatch(/Supported|Session-Expires|P-Asserted/);
  });
  test("nothing that comes from data can begin a line", () => {
    for (const evil of ["+1\r\nX-Evil: 1", "+1\nX-Evil: 1", "+1\u010aX-Evil: 1", "+1\u010d\u010aX-Evil: 1", "+1%0d%0aX-Evil: 1"]) {
      for (const text of [
        invite({}, { from: evil, to: "+1" }),
        invite({}, { from: "+1", to: evil }),
        invite({ callerId: { displayName: evil.replace(/[\r\n]/g, "\u010a") } }),
      ]) {
        expect(text.split("\r\n").some((line) => line.startsWith("X-Evil"))).toBe(false);
        expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
      }
    }
  });
});

describe("a number as a trunk writes it", () => {
  test.each([
    [unchanged, "+15550100002"],
    [{ ...unchanged, strip: 1 }, "15550100002"],
    [{ ...unchanged, strip: 2, prefix: "9" }, "95550100002"],
    [{ ...unchanged, pattern: /^\+(1)(\d{3})/, replacement: "$2" }, "5550100002"],
  ])("%o: %s", (rewriting, expected) => expect(rewriteNumber("+15550100002", rewriting)).toBe(expected));
});

describe("where a trunk may call", () => {
  test.each([
    ["+919876543210", [], false],
    ["+919876543210", ["+91"], true],
    ["+919876543210", ["+92"], false],
    ["+15550100002", ["+1"], true],
    ["+19005551234", ["+1"], false],
    ["+19005551234", ["+1", "+1900"], true],
    ["+18765551234", ["+1"], false],
    ["+18765551234", ["+1876"], true],
    ["+12425551234", ["+1", "+1242"], true],
    ["+97955512345", ["+9"], false],
    ["+88155512345", ["+8"], false],
    ["+88255512345", ["+882"], true],
    ["+88355512345", ["+88"], false],
    ["+88012345678", ["+880"], true],
  ])("%s with %o: %p", (number, allowed, expected) =>
    expect(trunkVerdict({ driver: "sip", allowedPrefixes: allowed }, number).allowed).toBe(expected),
  );
});

describe("a trunk's name in DNS", () => {
  const dns = (records: {
    naptr?: Awaited<ReturnType<Dns["naptr"]>>;
    srv?: Record<string, SrvRecord[]>;
    a?: Record<string, string[]>;
  }): Dns => ({
    naptr: () => Promise.resolve(records.naptr ?? []),
    srv: (name) => Promise.resolve(records.srv?.[name] ?? []),
    addresses: (name) => Promise.resolve((records.a?.[name] ?? []).map((address) => ({ address, ttlSeconds: 60 }))),
  });
  const places = async (more: Record<string, unknown>, records: Parameters<typeof dns>[0]) =>
    (await resolveTrunk(options(more), dns(records), seededRandom(1))).destinations.map(({ address, port }) => `${address}:${port}`);
  const srv = (name: string, priority: number, weight = 0, port = 5_080): SrvRecord => ({ name, port, priority, weight });

  test("SRV by priority, each with its addresses", async () => {
    expect(
      await places(
        {},
        { srv: { "_sip._udp.sip.example.com": [srv("b", 20), srv("a", 10)] }, a: { a: ["192.0.2.1", "192.0.2.2"], b: ["192.0.2.3"] } },
      ),
    ).toEqual(["192.0.2.1:5080", "192.0.2.2:5080", "192.0.2.3:5080"]);
  });
  test("NAPTR names another service", async () => {
    const naptr = [
      { flags: "s", service: "SIP+D2T", order: 1, preference: 1, replacement: "tcp.x" },
      { flags: "S", service: "SIP+D2U", order: 2, preference: 1, replacement: "udp.x" },
    ];
    expect(await places({}, { naptr, srv: { "udp.x": [srv("a", 1)] }, a: { a: ["192.0.2.7"] } })).toEqual(["192.0.2.7:5080"]);
  });
  test("without SRV, A at the standard port", async () =>
    expect(await places({ transport: "tls" }, { a: { "sip.example.com": ["192.0.2.1"] } })).toEqual(["192.0.2.1:5061"]));
  test("a port of its own asks for no SRV", async () =>
    expect(
      await places({ port: 5_099 }, { srv: { "_sip._udp.sip.example.com": [srv("a", 1)] }, a: { "sip.example.com": ["192.0.2.1"] } }),
    ).toEqual(["192.0.2.1:5099"]));
  test("an address needs no DNS", async () => expect(await places({ host: "[2001:db8::1]" }, {})).toEqual(["2001:db8::1:5060"]));
  test("a lone dot is no service", () => expect(orderSrv([srv(".", 0)], seededRandom(1))).toEqual([]));
  test("weights share the calls of one priority (RFC 2782)", () => {
    const random = seededRandom(5);
    const first = Array.from({ length: 4_000 }, () => orderSrv([srv("a", 1, 75), srv("b", 1, 25)], random)[0]?.name);
    expect(Math.abs(first.filter((name) => name === "a").length / 4_000 - 0.75)).toBeLessThan(0.04);
  });
});

function response(status: number, headers: string[] = []): IncomingResponse {
  const parsed = parseMessage(
    Buffer.from(
      [
        `SIP/2.0 ${status} Words`,
        "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1",
        "From: <sip:a@b>;tag=1",
        "To: <sip:a@b>;tag=2",
        "Call-ID: x",
        "CSeq: 1 REGISTER",
        ...headers,
        "",
        "",
      ].join("\r\n"),
    ),
  );
  if (!("message" in parsed) || parsed.message.kind !== "response") throw new Error("not a response");
  return parsed.message;
}

describe("a registration", () => {
  test.each([
    [
      response(200, ["Contact: <sip:u@203.0.113.1>;expires=3600, <sip:u@192.0.2.9:5070>;expires=120"]),
      { kind: "registered", refreshInMs: 108_000 },
    ],
    [response(200, ["Expires: 60"]), { kind: "registered", refreshInMs: 50_000 }],
    [response(200), { kind: "registered", refreshInMs: 540_000 }],
    [response(200, ["Contact: <sip:u@192.0.2.9>;expires=1"]), { kind: "registered", refreshInMs: 5_000 }],
    [response(423, ["Min-Expires: 1800"]), { kind: "longer", seconds: 1_800 }],
    [response(423), { kind: "refused", problem: "REGISTER was answered with 423 Words", retryInMs: 30_000 }],
    [response(403), { kind: "refused", problem: "REGISTER was answered with 403 Words", retryInMs: 300_000 }],
    [undefined, { kind: "refused", problem: "REGISTER was not answered", retryInMs: 30_000 }],
  ])("case %#", (answered, expected) =>
    expect(registrationStep(answered, 600, "192.0.2.9")).toEqual(expected as ReturnType<typeof registrationStep>),
  );
});

describe("OPTIONS", () => {
  test("a trunk that never answered is not missed; one that did is, after two", () => {
    const never = [undefined, undefined, undefined].reduce((state) => noteAlive(state, undefined), unknownAlive);
    expect(isGone(never)).toBe(false);
    const lively = noteAlive(unknownAlive, 405);
    expect([
      isGone(noteAlive(lively, undefined)),
      isGone(noteAlive(noteAlive(lively, undefined), 503)),
      isGone(noteAlive(noteAlive(noteAlive(lively, undefined), undefined), 200)),
    ]).toEqual([false, true, false]);
  });
  test.each([
    [200, undefined],
    [404, undefined],
    [501, undefined],
    [401, "username and password are missing or wrong"],
    [403, "it does not allow this account or this address"],
    [503, "it takes no calls now"],
  ])("%d: %p", (status, words) => {
    expect(optionsProblem(response(status), "sip.example.com")).toEqual(
      words === undefined ? undefined : `sip.example.com answered OPTIONS with ${status} Words: ${words}`,
    );
  });
  test("no answer", () => expect(optionsProblem(undefined, "x")).toStartWith("x did not answer OPTIONS"));

  test.each([200, 401, 403, 404, 405, 486, 500, 501])("%d shows that a bot is there", (status) =>
    expect(absenceProblem(response(status), "x")).toBeUndefined(),
  );
  test("503, or no answer, that none is", () => {
    expect(absenceProblem(response(503), "x")).toBe("x answered OPTIONS with 503 Words");
    expect(absenceProblem(undefined, "x")).toBe("x did not answer OPTIONS");
  });
});
