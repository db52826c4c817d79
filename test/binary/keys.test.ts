import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createSandbox } from "../support/executable.ts";

const sandbox = createSandbox();
afterAll(sandbox.clean);

describe("outdial keys", () => {
  test("a key made before the first start is an admin's way in, and none is generated", async () => {
    const folder = sandbox.folder();
    const made = await sandbox.run(["keys", "create", "--name", "me", "--role", "admin", "--data", folder]);
    expect(made.exitCode).toBe(0);
    const key = made.out.trim();
    const serving = await sandbox.serve(folder);
    expect(serving.adminKey).toBe("");
    expect((await serving.get("/api/campaigns", key)).status).toBe(200);
    await serving.end("SIGTERM");
  });

  test("makes, lists and revokes beside a running appliance, which knows at once", async () => {
    const folder = sandbox.folder();
    const serving = await sandbox.serve(folder);
    const made = await sandbox.run([
      "keys",
      "create",
      "--name",
      "the CRM",
      "--role",
      "read",
      "--expires",
      "2999-01-31T00:00:00Z",
      "--data",
      folder,
    ]);
    const key = made.out.trim();
    expect((await serving.get("/api/campaigns", key)).status).toBe(200);

    const listed = (await sandbox.run(["keys", "list", "--data", folder])).out;
    const id = /key_\w+/.exec(made.err)?.[0] ?? "none";
    const row = listed.split("\n").find((line) => line.includes(id)) ?? "";
    expect(row).toContain("the CRM");
    expect(row).toContain("read");
    expect(row).toContain("2999-01-31");
    expect(listed).not.toContain(key);

    const revoked = await sandbox.run(["keys", "revoke", id, "--data", folder]);
    expect(revoked.exitCode).toBe(0);
    expect((await serving.get("/api/campaigns", key)).status).toBe(401);
    const unknown = await sandbox.run(["keys", "revoke", "key_1", "--data", folder]);
    expect(unknown).toMatchObject({ exitCode: 1, err: "outdial keys: there is no key with the id 'key_1'\n" });
    await serving.end("SIGTERM");
  });

  test("keeps the last admin key: nobody could get in any more", async () => {
    const folder = sandbox.folder();
    const made = await sandbox.run(["keys", "create", "--name", "me", "--role", "admin", "--data", folder]);
    const { exitCode, err } = await sandbox.run(["keys", "revoke", /key_\w+/.exec(made.err)?.[0] ?? "none", "--data", folder]);
    expect(err).toContain("is the last admin key; create another before you revoke it");
    expect(exitCode).toBe(1);
  });

  test.each([
    ["list", "there is no database in"],
    ["revoke key_1", "there is no database in"],
  ])("%s makes no database where there is none", async (words, sentence) => {
    const { exitCode, err } = await sandbox.run(["keys", ...words.split(" "), "--data", join(sandbox.folder(), "typo")]);
    expect(err).toContain(sentence);
    expect(exitCode).toBe(1);
  });

  test.each([
    [["create", "--role", "admin"], "create needs a name"],
    [["create", "--name", "me", "--role", "boss"], "create needs a role: --role read | operator | admin; 'boss' is none"],
    [["create", "--name", "me", "--role", "read", "--expires", "tomorrow"], "--expires is 'tomorrow'; it must be an instant to come"],
    [["create", "--name", "me", "--role", "read", "--expires", "2001-01-01T00:00:00Z"], "it must be an instant to come"],
    [["create", "--name", "me", "--role", "read", "--expires", "2999-01-01T00:00:00"], "it must be an instant to come with its offset"],
    [["revoke"], "revoke needs one id"],
  ])("%p is an error of use", async (args, sentence) => {
    const { exitCode, err } = await sandbox.run(["keys", ...args, "--data", sandbox.folder()]);
    expect(err).toContain(sentence);
    expect(exitCode).toBe(2);
  });
});
