// Waiting for something that real input and output bring about: looks once a turn of the event loop, 4 s at most.

import { systemClock } from "../../src/runtime/clock.ts";

const LIMIT_MS = 4_000;

/** Resolves in the turn in which `isTrue` holds; fails naming `what`. */
export async function until(what: string, isTrue: () => boolean): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  while (!isTrue()) {
    if (systemClock.monotonicMs() - startedMs > LIMIT_MS) throw new Error(`waited ${LIMIT_MS} ms in vain until ${what}`);
    await new Promise<void>((resolve) => systemClock.soon(resolve));
  }
}
