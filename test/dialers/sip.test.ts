import { systemClock } from "../../src/runtime/clock.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { type CarrierCourse, openCarrier } from "../../src/sip/carrier.ts";
import { hastened, openTestDialer, sipTrunk, testOrder } from "../support/sip-call.ts";
import { freshPort } from "../support/tools.ts";
import { type DialerStage, dialerContract, type FarEnd } from "./contract.ts";

const courses: Record<Exclude<FarEnd, "silent">, CarrierCourse> = {
  busy: { rings: false, answers: false, ringMs: 0, talkMs: 0, status: 486 },
  unknownNumber: { rings: false, answers: false, ringMs: 0, talkMs: 0, status: 404 },
  ringsForever: { rings: true, answers: false, ringMs: 3_600_000, talkMs: 0, status: 480 },
  answersAndHangsUp: { rings: true, answers: true, ringMs: 30, talkMs: 60, status: 200 },
  answersAndStays: { rings: true, answers: true, ringMs: 30, talkMs: 3_600_000, status: 200 },
};
const names = Object.keys(courses) as (keyof typeof courses)[];

function startCarrier() {
  return openCarrier({
    clock: systemClock,
    random: seededRandom(3),
    bind: { address: "127.0.0.1", port: 0 },
    courseOf: (number) => courses[names[Number(number.slice(-1))] ?? "busy"],
    media: () => ({ address: "127.0.0.1", port: 41_000 }),
  });
}

dialerContract("the SIP dialer", async () => {
  const carrier = await startCarrier();
  // Ten times as fast, so that the end of the program need not wait its full patience.
  const peer = await openTestDialer({ clock: hastened(10), timers: { t1Ms: 5_000, t2Ms: 40_000, t4Ms: 50_000 } });
  const trunk = sipTrunk({ port: carrier.port });
  const nobody = sipTrunk({ port: freshPort() }, "trk_silent");
  await peer.dialer.prepare(trunk);
  await peer.dialer.prepare(nobody);
  const stage: DialerStage = {
    dialer: peer.dialer,
    order: (farEnd) =>
      testOrder(farEnd === "silent" ? nobody : trunk, {
        to: `+155501000${farEnd === "silent" ? 0 : names.indexOf(farEnd)}`,
        ringTimeoutMs: 600_000,
        maxDurationMs: 6_000_000,
      }),
    async until(reached) {
      for (let turn = 0; turn < 300 && !reached(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 10));
      return reached();
    },
    quiet: () => new Promise((resolve) => setTimeout(resolve, 40)),
    async close() {
      await stage.dialer.stop();
      await carrier.stop();
    },
  };
  return stage;
});
