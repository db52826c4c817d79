import { expect, test } from "bun:test";
import { sipPeerOf } from "../../../src/sip/trunk/sip-peer.ts";
import { readTrunkOptions } from "../../../src/sip/trunk/trunk-options.ts";

test.each([
  ["sip:bot@10.0.5.7", undefined, "sip:bot@10.0.5.7", { host: "10.0.5.7", transport: "udp", srtp: "off" }],
  ["sip:10.0.5.7:5070", undefined, "sip:10.0.5.7:5070", { host: "10.0.5.7", port: 5_070, transport: "udp" }],
  ["sip:bot@h.example;transport=tcp", undefined, "sip:bot@h.example;transport=tcp", { host: "h.example", transport: "tcp" }],
  ["sip:bot@h.example;transport=tcp", "tls", "sip:bot@h.example;transport=tls", { host: "h.example", transport: "tls", srtp: "offer" }],
  ["sips:bot@h.example", "udp", "sips:bot@h.example;transport=tls", { host: "h.example", transport: "tls" }],
  ["sip:a%20b+1@h.example;room=7?Subject=x", undefined, "sip:a%20b+1@h.example;room=7", { host: "h.example" }],
  ["sip:bot@[2001:db8::1]:5062", undefined, "sip:bot@[2001:db8::1]:5062", { host: "2001:db8::1", port: 5_062 }],
] as const)("%s over %s is called as %s", (address, transport, uri, options) => {
  const peer = sipPeerOf(address, transport);
  expect(peer?.uri).toBe(uri);
  expect(readTrunkOptions(peer?.options ?? {})).toMatchObject({ options });
});

test("what it asks of us, and what it is believed by, go with it; a username alone does not", () => {
  const access = { username: "alice", password: "secret", tls: { ca: "PEM", serverName: null } };
  const read = (given: object) => readTrunkOptions(sipPeerOf("sips:bot@h.example", undefined, given)?.options ?? {});
  expect(read(access)).toMatchObject({
    options: {
      username: "alice",
      password: "secret",
      tls: { verify: true, ca: "PEM", serverName: undefined },
      callerId: { fromUser: "number" },
    },
  });
  expect(read({ username: "alice" })).toMatchObject({ options: { username: undefined, password: undefined } });
});

test.each(["", "sip:", "tel:+15550100001", "sip:bot@h.example:99999", "sip:bot@h\r\nVia: x", "http://h.example"])(
  "%j is no address that could be called",
  (address) => {
    expect(sipPeerOf(address)).toBeUndefined();
  },
);
