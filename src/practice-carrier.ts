// A carrier to practise with: answers real SIP on the loopback by the simulator's rules, and sends every caller's audio back.
// `outdial demo --sip` starts it; it is not a server to be put on a network.

import type { Clock } from "./runtime/clock.ts";
import type { Random } from "./runtime/random.ts";
import { courseOf, type SimulatorOptions } from "./simulator/outcome.ts";
import { type Carrier, type CarrierCourse, openCarrier } from "./sip/carrier.ts";

export interface PracticeCarrier {
  /** UDP, of signalling. */
  readonly port: number;
  stop(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";

/** Resolves when its ports are bound. `talkMs` is real time: the call's own clock is the wall's here. */
export async function startPracticeCarrier(clock: Clock, random: Random, options: SimulatorOptions): Promise<PracticeCarrier> {
  // Whoever listens on the far end hears himself: one socket is enough for every call.
  const echo = await Bun.udpSocket({
    hostname: LOOPBACK,
    port: 0,
    binaryType: "uint8array",
    socket: { data: (socket, bytes, port, address) => void socket.send(bytes, port, address), error: () => undefined },
  });
  const carrier: Carrier = await openCarrier({
    clock,
    random,
    bind: { address: LOOPBACK, port: 0 },
    courseOf: (number) => realCourse(number, options),
    media: () => ({ address: LOOPBACK, port: echo.port }),
  });
  return {
    port: carrier.port,
    async stop() {
      await carrier.stop();
      echo.close();
    },
  };
}

/**
 * Long conversations are cut to `talkMs`, and short ones stay short. The codes are sent without a Q.850 cause: beside a 500
 * it would be believed instead, and a temporary failure of the network gives the attempt back.
 */
function realCourse(number: string, options: SimulatorOptions): CarrierCourse {
  const { rings, answers, result } = courseOf(number, 1, options);
  return {
    rings,
    answers,
    ringMs: rings ? options.ringMs : 0,
    talkMs: Math.min(options.talkMs, result.talkMs),
    status: result.sipCode ?? 200,
  };
}
