// The real media worker, which dies when the test says so.

import "../../../src/media/worker.ts";

addEventListener("message", (event: MessageEvent<{ type: string; digits?: string }>) => {
  if (event.data.type === "sendDtmf" && event.data.digits === "DDDD") {
    setTimeout(() => {
      throw new Error("the worker was told to die");
    });
  }
});
