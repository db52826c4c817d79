// The real media worker, which dies, or has a fault that belongs to no call, when the test says so.

import "../../../src/media/worker.ts";

addEventListener("message", (event: MessageEvent<{ type: string; digits?: string }>) => {
  if (event.data.type !== "sendDtmf") return;
  if (event.data.digits === "DDDD") process.exit(1);
  if (event.data.digits === "DDDC") {
    setTimeout(() => {
      throw new Error("a timer's fault");
    });
    void Promise.reject(new Error("a promise's fault"));
  }
});
