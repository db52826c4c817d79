// A voice bot for tests: a WebSocket server that remembers what it was sent and says what the test wants.

/** A message to the bot, as JSON. */
export interface Heard {
  event: string;
  sequenceNumber?: string;
  streamSid?: string;
  start?: { streamSid: string; accountSid: string; callSid: string; customParameters: Record<string, string> };
  media?: { payload: string; timestamp: string; chunk: string };
  mark?: { name: string };
  dtmf?: { digit: string };
  voicemail?: unknown;
  transfer_failed?: unknown;
}

/** One connection of one call. */
export interface Conversation {
  path: string;
  headers: Headers;
  heard: Heard[];
  /** How it was closed; undefined while it is open. */
  closedWith: number | undefined;
  say(message: unknown): void;
  /** As it is, JSON or not. */
  sayText(text: string): void;
  /** `bytes` as one message of sound. */
  speak(bytes: Uint8Array): void;
  hangUp(code?: number): void;
  /** Without a word, as a process that is killed. */
  die(): void;
}

export interface TestBot {
  url: string;
  port: number;
  conversations: Conversation[];
  stop(): void;
}

/** `onHeard` runs for each message, after it was remembered. `accepts` false: every handshake is refused with 503. */
export function startBot({
  onHeard = () => undefined,
  accepts = () => true,
  port = 0,
}: { onHeard?: (conversation: Conversation, message: Heard) => void; accepts?: () => boolean; port?: number } = {}): TestBot {
  const conversations: Conversation[] = [];
  const server = Bun.serve<Conversation>({
    hostname: "127.0.0.1",
    port,
    fetch(request, self) {
      if (!accepts()) return new Response("busy", { status: 503 });
      const { pathname, search } = new URL(request.url);
      const nobody = () => undefined;
      const data: Conversation = {
        path: pathname + search,
        headers: request.headers,
        heard: [],
        closedWith: undefined,
        say: nobody,
        sayText: nobody,
        speak: nobody,
        hangUp: nobody,
        die: nobody,
      };
      return self.upgrade(request, { data }) ? undefined : new Response("a WebSocket is wanted", { status: 426 });
    },
    websocket: {
      open(socket) {
        const { data } = socket;
        data.sayText = (text) => void socket.send(text);
        data.say = (message) => void socket.send(JSON.stringify(message));
        data.speak = (bytes) =>
          data.say({
            event: "media",
            streamSid: data.heard.find(({ start }) => start !== undefined)?.streamSid ?? null,
            media: { payload: Buffer.from(bytes).toString("base64") },
          });
        data.hangUp = (code) => socket.close(code);
        data.die = () => socket.terminate();
        conversations.push(data);
      },
      message({ data }, text) {
        const message = JSON.parse(String(text)) as Heard;
        data.heard.push(message);
        onHeard(data, message);
      },
      close({ data }, code) {
        data.closedWith = code;
      },
    },
  });
  return { url: `ws://127.0.0.1:${server.port}/stream`, port: server.port ?? 0, conversations, stop: () => void server.stop(true) };
}
