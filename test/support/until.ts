// Waiting for something that real input and output bring about.

import { systemClock } from "../../src/runtime/clock.ts";

const LIMIT_MS = 4_000;

/** Looks once a turn of the event loop, 4 s at most; fails naming `what`. */
export async function until(what: string, isTrue: () => boolean): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  while (!isTrue()) {
    if (systemClock.monotonicMs() - startedMs > LIMIT_MS) throw new Error(`waited ${LIMIT_MS} ms in vain until ${what}`);
    await new Promise<void>((resolve) => systemClock.soon(resolve));
  }
}

/** Asks again, at most every 20 ms, until `isDone` says so; throws what it last heard when `withinMs` have passed. */
export async function untilAnswer<T>(ask: () => Promise<T>, isDone: (answer: T) => boolean, withinMs: number): Promise<T> {
  const deadlineMs = systemClock.monotonicMs() + withinMs;
  for (;;) {
    const answer = await ask();
    if (isDone(answer)) return answer;
    if (systemClock.monotonicMs() > deadlineMs)
      throw new Error(`not within ${withinMs} ms; the last answer was ${JSON.stringify(answer)?.slice(0, 500)}`);
    await Bun.sleep(20);
  }
}
