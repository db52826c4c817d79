import { expect, test } from "bun:test";
import { chooseAddress } from "../../../src/sip/transport/local-address.ts";

test("our address is the one of the peer's own network, else the first outside one", () => {
  const interfaces = [
    { address: "127.0.0.1", netmask: "255.0.0.0", internal: true, family: "IPv4" },
    { address: "203.0.113.5", netmask: "255.255.255.0", internal: false, family: "IPv4" },
    { address: "10.1.0.5", netmask: "255.255.0.0", internal: false, family: "IPv4" },
  ];
  expect(["127.0.0.1", "10.1.200.1", "8.8.8.8"].map((remote) => chooseAddress(remote, interfaces))).toEqual([
    "127.0.0.1",
    "10.1.0.5",
    "203.0.113.5",
  ]);
});
