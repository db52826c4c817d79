// A terminal that remembers what was written to it; its signal comes when the test sends it.

import type { Signal, Terminal } from "../../src/cli/terminal.ts";

export interface FakeTerminal extends Terminal {
  written(): { out: string; err: string };
  send(signal: Signal): void;
}

export function createFakeTerminal(environment: Record<string, string> = {}, columns?: number): FakeTerminal {
  let out = "";
  let err = "";
  let resolve: (signal: Signal) => void = () => undefined;
  const signalled = new Promise<Signal>((done) => (resolve = done));
  return {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    columns,
    environment: { ...environment },
    untilSignal: () => signalled,
    written: () => ({ out, err }),
    send: (signal) => resolve(signal),
  };
}
