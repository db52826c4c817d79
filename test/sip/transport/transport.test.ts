// The sockets of SIP: which destinations they reach, and what is said of the others.

import { expect, test } from "bun:test";
import { openTransport } from "../../../src/sip/transport/transport.ts";
import { createFakeClock } from "../../support/fake-clock.ts";

test.each([
  ["127.0.0.1", "::1", "IPv6"],
  ["::1", "127.0.0.1", "IPv4"],
])("from %s, a trunk at %s is out of reach over UDP, and the setting is named", async (address, other, family) => {
  const transport = await openTransport({
    clock: createFakeClock(),
    bind: { address, port: 0 },
    advertise: undefined,
    receive: () => undefined,
  });
  const place = (at: string) => ({ protocol: "udp" as const, address: at, port: 5_060, name: at });
  expect(transport.problem(place(other))).toBe(
    `SIP listens at ${address}, which is not ${family}; set OUTDIAL_SIP_ADDRESS to an address of ours in ${family}`,
  );
  expect([transport.own(place(other)), transport.send(new Uint8Array(1), place(other))]).toEqual([undefined, false]);
  expect(transport.problem(place(address))).toBeUndefined();
  expect(transport.own(place(address))?.address).toBe(address);
  await transport.close();
});
