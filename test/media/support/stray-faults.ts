// A program of its own, because under `bun test` a worker cannot keep what is thrown in it: a media engine with one call, in whose
// worker a timer and a promise have faults. Prints what was logged, and how the call ended.

import { createMediaEngine } from "../../../src/media/media-engine.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { createLog } from "../../../src/runtime/log.ts";
import { systemRandom } from "../../../src/runtime/random.ts";
import { plainPlan } from "../../support/bot-plan.ts";
import { until } from "./until.ts";

const PORT = 11_000 + (process.pid % 50) * 8;
const log: string[] = [];
const ends: string[] = [];
const media = createMediaEngine({
  clock: systemClock,
  random: systemRandom,
  log: createLog("warn", systemClock, (line) => void log.push(line)),
  settings: { address: "127.0.0.1", ports: { from: PORT, to: PORT + 7 } },
  spawn: () => new Worker(new URL("./crashing-worker.ts", import.meta.url).href),
});
await media.ready();
const nothing = () => undefined;
const call = media.open(
  { callId: "call_1", bot: plainPlan({ type: "simulated", talkMs: 100 }), srtp: false },
  { botEnded: ({ reason }) => void ends.push(reason), dtmf: nothing, noRtp: nothing, told: nothing },
);
call?.connect({ address: "127.0.0.1", port: PORT + 1_000, codec: "PCMU", payloadType: 0, direction: "sendrecv", latch: false });
call?.sendDtmf("DDDC");
await until("both faults, or the end", () => log.length === 2 || ends.length > 0);
call?.answer();
await until("the end of the conversation", () => ends.length > 0);
await media.stop();
console.log(JSON.stringify({ log, ends }));
