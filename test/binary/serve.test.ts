import { afterAll, describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { createSandbox } from "../support/executable.ts";

const sandbox = createSandbox();
afterAll(sandbox.clean);

describe("outdial serve", () => {
  test("listens, prints the admin key of its first start once, and ends with 0 on SIGTERM", async () => {
    const folder = join(sandbox.folder(), "made/by/serve");
    const first = await sandbox.serve(folder);
    expect(first.adminKey).not.toBe("");
    expect((await fetch(`${first.url}/api/health`)).status).toBe(200);
    expect((await first.get("/api/campaigns", first.adminKey)).status).toBe(200);
    expect((await first.get("/api/campaigns", "wrong")).status).toBe(401);
    expect(await first.end("SIGTERM")).toMatchObject({ exitCode: 0, out: `${first.banner}stopping\n` });
    expect(statSync(folder).mode & 0o777).toBe(0o700);

    const second = await sandbox.serve(folder);
    expect(second.adminKey).toBe("");
    expect((await second.get("/api/campaigns", first.adminKey)).status).toBe(200);
    expect((await second.end("SIGINT")).exitCode).toBe(0);
  });

  test("brings its description of the API with it: for programs, and as a page with its assets", async () => {
    const serving = await sandbox.serve(sandbox.folder());
    const found = [];
    for (const path of ["/openapi.json", "/docs", "/docs/docs.css", "/docs/search.js"]) {
      const response = await fetch(serving.url + path);
      found.push([response.status, response.headers.get("content-type"), (await response.text()).length > 1_000]);
    }
    const types = ["application/json", "text/html", "text/css", "text/javascript"];
    expect(found).toEqual(types.map((type) => [200, `${type}; charset=utf-8`, true]));
    await serving.end("SIGTERM");
  });

  test("logs JSON lines on standard error, and never a key", async () => {
    const serving = await sandbox.serve(sandbox.folder(), { args: ["--log", "debug"] });
    await serving.get("/api/campaigns", serving.adminKey);
    const { err } = await serving.end("SIGTERM");
    const events = err
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events).toContain("app.started");
    expect(err).not.toContain(serving.adminKey);
  });

  test("takes the admin key of the environment and prints none", async () => {
    const key = "an-admin-key-of-my-own-choice";
    const serving = await sandbox.serve(sandbox.folder(), { environment: { OUTDIAL_ADMIN_KEY: key } });
    expect(serving.banner).not.toContain(key);
    expect((await serving.get("/api/campaigns", key)).status).toBe(200);
    await serving.end("SIGTERM");
  });

  test("refuses a data directory that another one has, and names it", async () => {
    const folder = sandbox.folder();
    const first = await sandbox.serve(folder);
    const { exitCode, err } = await sandbox.run(["serve", "--data", folder, "--port", "0"]);
    expect(err).toBe(
      `outdial: the data directory ${folder} is in use by process ${first.pid}: stop it first, or choose another with --data\n`,
    );
    expect(exitCode).toBe(1);
    await first.end("SIGTERM");
  });

  test("starts again after it was killed", async () => {
    const folder = sandbox.folder();
    const first = await sandbox.serve(folder);
    await first.end("SIGKILL");
    const second = await sandbox.serve(folder);
    expect((await second.get("/api/campaigns", first.adminKey)).status).toBe(200);
    await second.end("SIGTERM");
  });

  test("goes on when nobody reads what it writes", async () => {
    const serving = await sandbox.serve(sandbox.folder(), { args: ["--log", "debug"] });
    await serving.stopReading();
    expect((await serving.get("/api/campaigns", serving.adminKey)).status).toBe(200);
    expect((await serving.end("SIGTERM")).exitCode).toBe(0);
  });

  test("tells a port that is taken, with 1", async () => {
    const first = await sandbox.serve(sandbox.folder());
    const port = new URL(first.url).port;
    const { exitCode, err } = await sandbox.run(["serve", "--data", sandbox.folder(), "--port", port]);
    expect(err).toContain(port);
    expect(exitCode).toBe(1);
    await first.end("SIGTERM");
  });

  test("tells every wrong setting, with 2, and makes nothing", async () => {
    const folder = join(sandbox.folder(), "not-made");
    const { exitCode, err } = await sandbox.run(["serve", "--data", folder, "--port", "x"], {
      environment: { OUTDIAL_LOG: "loud", OUTDIAL_TYPO: "1" },
    });
    expect(err.trim().split("\n")).toHaveLength(3);
    expect(exitCode).toBe(2);
    expect(() => statSync(folder)).toThrow();
  });

  test("reads no .env and no bunfig.toml of the folder it is started in", async () => {
    const cwd = sandbox.folder();
    await Bun.write(join(cwd, ".env"), "OUTDIAL_PORT=nonsense\n");
    await Bun.write(join(cwd, "bunfig.toml"), 'preload = ["./nowhere.ts"]\n');
    const serving = await sandbox.serve(sandbox.folder(), { cwd });
    expect((await serving.end("SIGTERM")).exitCode).toBe(0);
  });
});
