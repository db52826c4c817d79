// The smallest voice bot: it says what it hears. A WebSocket server that speaks Twilio's Media Streams; needs nothing but Bun.
//   bun examples/echo-bot.ts        agent: { "connection": { "type": "stream", "url": "ws://127.0.0.1:8765/" } }
// PORT and HOST change where it listens. The person hangs up, or presses # to make the bot do it.

export const server = Bun.serve({
  hostname: process.env.HOST ?? "127.0.0.1",
  port: Number(process.env.PORT ?? 8765),
  fetch: (request, listener) =>
    listener.upgrade(request) ? undefined : new Response("This is a voice bot: connect a WebSocket.\n", { status: 426 }),
  websocket: {
    message(socket, text) {
      const { event, streamSid, start, media, dtmf } = JSON.parse(String(text));
      if (event === "start") console.log(`${streamSid}: ${start.customParameters.to_number} has answered`);
      // 20 ms of µ-law in base64: sent back as it came.
      if (event === "media") socket.send(JSON.stringify({ event: "media", streamSid, media: { payload: media.payload } }));
      if (event === "dtmf" && dtmf.digit === "#") socket.close();
      if (event === "stop") console.log(`${streamSid}: the call is over`);
    },
  },
});

console.log(`echo-bot listens on ws://${server.hostname}:${server.port}/`);
