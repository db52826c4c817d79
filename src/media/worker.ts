// The worker's entry: joins the media engine to the main thread. Second entry point of the binary.

import { systemClock } from "../runtime/clock.ts";
import { systemRandom } from "../runtime/random.ts";
import { botMaker } from "../bots/create-bot.ts";
import { createEngine, strayFault } from "./engine.ts";
import type { ToWorker } from "./protocol.ts";
import { makeSoundFile } from "./sound/sound-file.ts";

const engine = createEngine({
  clock: systemClock,
  random: systemRandom,
  createBot: botMaker({ clock: systemClock, random: systemRandom, heard: () => engine.keepPace() }),
  post: (message) => postMessage(message),
  makeFile: makeSoundFile,
});

// The last net: what a call's timer or promise throws would end the worker, and everybody's calls with it.
for (const event of ["uncaughtException", "unhandledRejection"] as const)
  process.on(event, (error: unknown) => postMessage(strayFault(error)));

addEventListener("message", (event: MessageEvent<ToWorker>) => engine.receive(event.data));
