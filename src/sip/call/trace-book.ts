// What is stored of a call of several lines: one text that names them all, written anew whenever one of them moves on.

import { type CallTrace, type LineTrace, writeTrace } from "./call-trace.ts";

export interface TraceBook {
  /** Of the person's line, which the others stand beside. */
  person(trace: CallTrace, stored: () => void): void;
  line(line: LineTrace, stored: () => void): void;
  /** Over: the next text leaves it out. Until then a BYE that nobody waits for does no harm. */
  forget(id: string): void;
}

/** One a call. `report` is the dialer's own event. */
export function createTraceBook(report: (state: string, stored: () => void) => void): TraceBook {
  const lines = new Map<string, LineTrace>();
  let person: CallTrace | undefined;
  const write = (stored: () => void) => (person === undefined ? stored() : report(writeTrace(person, [...lines.values()]), stored));
  return {
    person(trace, stored) {
      person = trace;
      write(stored);
    },
    line(line, stored) {
      lines.set(line.id, line);
      write(stored);
    },
    forget: (id) => void lines.delete(id),
  };
}
