// A process that places one call, tells its traces and events on standard output, and is killed by a test.
// Arguments: local port, carrier's port, call id, number.

import { openTestDialer, placeCall, sipTrunk, testOrder } from "./sip-call.ts";

const [port = "0", carrierPort = "0", callId = "", to = ""] = process.argv.slice(2);
const peer = await openTestDialer({ bind: { address: "127.0.0.1", port: Number(port) } });
const say = (line: string) => process.stdout.write(`${line}\n`);
const order = testOrder(sipTrunk({ port: Number(carrierPort) }), { callId, to, ringTimeoutMs: 600_000 });
const { traces } = placeCall(peer, order, (event) => setTimeout(() => say(`${event} ${traces.at(-1) ?? ""}`), 0));
