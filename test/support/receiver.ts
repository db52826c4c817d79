// A webhook receiver on the loopback interface that answers as it is told and keeps what it was sent.

export interface Received {
  id: string;
  headers: Headers;
  path: string;
  body: string;
}

/** A status, a whole answer, or nothing at all until `release`. */
export type Answer = number | { status: number; headers?: Record<string, string>; body?: string } | "hang";

export interface Receiver {
  url: string;
  host: string;
  received: readonly Received[];
  /** The answers to come, in order; 204 when they are used up. */
  answer(...answers: Answer[]): void;
  /** Every request from now on. */
  answerAlways(answer: Answer): void;
  /** The next request that was not asked for yet; waits for it. */
  next(): Promise<Received>;
  /** Answers 204 to every request that hangs. */
  release(): void;
  stop(): void;
}

export function startReceiver(): Receiver {
  const received: Received[] = [];
  const waiting: ((request: Received) => void)[] = [];
  let answers: Answer[] = [];
  let always: Answer = 204;
  let asked = 0;
  let held: (() => void)[] = [];

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const entry: Received = {
        id: request.headers.get("webhook-id") ?? "",
        headers: request.headers,
        path: new URL(request.url).pathname,
        body: await request.text(),
      };
      const answer = answers.shift() ?? always;
      received.push(entry);
      waiting.splice(0).forEach((wake) => wake(entry));
      if (answer === "hang") await new Promise<void>((resolve) => held.push(resolve));
      const { status, headers = {}, body } = typeof answer === "object" ? answer : { status: answer === "hang" ? 204 : answer };
      return new Response(body ?? null, { status, headers });
    },
  });

  return {
    url: `http://127.0.0.1:${server.port}/hook`,
    host: `127.0.0.1:${server.port}`,
    received,
    answer: (...more) => void (answers = [...answers, ...more]),
    answerAlways: (answer) => void (always = answer),
    async next() {
      while (received.length <= asked) await new Promise<Received>((resolve) => waiting.push(resolve));
      asked += 1;
      return received[asked - 1] as Received;
    },
    release() {
      held.splice(0).forEach((resume) => resume());
    },
    stop() {
      held.splice(0).forEach((resume) => resume());
      void server.stop(true);
    },
  };
}
