import { createSimulator } from "../../src/simulator/simulator-dialer.ts";
import { createFakeClock } from "../support/fake-clock.ts";
import { type DialerStage, dialerContract, type FarEnd } from "./contract.ts";
import { plainPlan } from "../support/bot-plan.ts";

const numbers: Record<FarEnd, string> = {
  busy: "+15550100486",
  unknownNumber: "+15550100404",
  ringsForever: "+15550100200",
  answersAndHangsUp: "+15550100200",
  answersAndStays: "+15550100200",
  silent: "+15550100200",
};

/** Real times, as the trunk's options have them. */
const optionsOf = (farEnd: FarEnd) => {
  if (farEnd === "ringsForever" || farEnd === "silent") return { ringMs: 3_600_000, talkMs: 400, answerRate: 1 };
  return { ringMs: 200, talkMs: farEnd === "answersAndStays" ? 3_600_000 : 400, answerRate: 1 };
};

dialerContract("the simulator", () => {
  const clock = createFakeClock();
  let placed = 0;
  const stage: DialerStage = {
    dialer: createSimulator({ clock }),
    order: (farEnd) => ({
      callId: `call_${(placed += 1)}`,
      attempt: 1,
      from: "+15550100001",
      to: numbers[farEnd],
      ringTimeoutMs: 45_000,
      maxDurationMs: 600_000,
      bot: plainPlan(),
      trunk: { id: "trk_1", driver: "simulator", options: optionsOf(farEnd) },
    }),
    async until(reached) {
      for (let turn = 0; turn < 100 && !reached(); turn += 1) {
        await Promise.resolve();
        clock.advance(50);
      }
      return reached();
    },
    async quiet() {
      await Promise.resolve();
      clock.advance(1_000);
    },
    close: () => stage.dialer.stop(),
  };
  return Promise.resolve(stage);
});
