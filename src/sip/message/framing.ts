// SIP over a stream (RFC 3261 §18.3): whole messages cut out of bytes by Content-Length, whatever the pieces they come in.

/** Messages, keep-alives left out; `broken` when the stream cannot be understood any more and must be closed. */
export interface Framer {
  push(bytes: Uint8Array): { frames: Uint8Array[]; broken: boolean };
}

const LONGEST_HEAD = 65_535;
const LONGEST_BODY = 1_048_576;

/** One for each connection. */
export function createFramer(): Framer {
  let held: Buffer = Buffer.alloc(0);
  return {
    push(bytes) {
      held = held.length === 0 ? Buffer.from(bytes) : Buffer.concat([held, bytes]);
      const frames: Uint8Array[] = [];
      for (;;) {
        let start = 0;
        while (held[start] === 13 || held[start] === 10) start += 1;
        held = held.subarray(start);
        const end = held.indexOf("\r\n\r\n");
        if (end < 0) return { frames, broken: held.length > LONGEST_HEAD };
        const length = contentLength(held.toString("latin1", 0, end));
        if (length === undefined || length > LONGEST_BODY) return { frames, broken: true };
        const total = end + 4 + length;
        if (held.length < total) return { frames, broken: false };
        frames.push(held.subarray(0, total));
        held = held.subarray(total);
      }
    },
  };
}

/** It must be there on a stream (§20.14); `l` is its compact form. */
function contentLength(head: string): number | undefined {
  const found = /\r\n(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*(?=\r\n|$)/i.exec(head);
  return found === null ? undefined : Number(found[1]);
}
