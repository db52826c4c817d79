import { beforeEach, describe, expect, test } from "bun:test";
import { type CampaignCommand, campaignStatuses, statusesFor } from "../../src/campaigns/lifecycle.ts";
import { purgeDeletedCampaigns } from "../../src/campaigns/service.ts";
import { noSecrets } from "../../src/settings/signing-secrets.ts";
import { writeStoredWebhook } from "../../src/settings/store.ts";
import { createWorld, insertCampaignRow, insertLeadRows, insertLine, someNumbers, type World } from "../support/world.ts";

let world: World;
beforeEach(() => {
  world = createWorld();
});

const HOUR = 60 * 60_000;
type Wish = Parameters<typeof insertCampaignRow>[1];

function campaignWithLeads(wish: Wish = {}, leads = 2): string {
  const { id } = insertCampaignRow(world, wish);
  insertLeadRows(world, id, someNumbers(leads));
  return id;
}

const say = (id: string, verb: string, body?: unknown) => world.request("POST", `/api/campaigns/${id}/${verb}`, body);
const read = async (id: string) => (await world.request("GET", `/api/campaigns/${id}`)).body;

describe("every verb in every status", () => {
  const leadsTo = { start: "running", pause: "paused", resume: "running", stop: "completed" } as const;
  for (const [verb, target] of Object.entries(leadsTo)) {
    const allowed = statusesFor(verb as CampaignCommand);
    for (const status of campaignStatuses) {
      test(`${verb} in ${status} ${allowed.includes(status) ? `gives ${target}` : "is 409 and changes nothing"}`, async () => {
        const id = campaignWithLeads({ status });
        const before = await read(id);
        world.clock.advance(1_000);
        const answer = await say(id, verb);
        if (allowed.includes(status)) {
          expect([answer.status, answer.body.status, answer.body.updatedAt]).toEqual([200, target, "2026-05-06T05:30:01.000Z"]);
          expect(await read(id)).toEqual(answer.body);
          expect(world.control.nudges).toBe(1);
        } else {
          const words = allowed.join(" or ");
          expect([answer.status, answer.body.code, answer.body.error]).toEqual([
            409,
            "wrong_state",
            `cannot ${verb} a campaign that is ${status}; it must be ${words}`,
          ]);
          expect(await read(id)).toEqual(before);
        }
      });
    }
  }
});

describe("start", () => {
  test("writes down when, and dials at once", async () => {
    const id = campaignWithLeads();
    expect((await say(id, "start")).body).toMatchObject({ status: "running", startedAt: "2026-05-06T05:30:00.000Z", statusReason: null });
    expect(world.control.nudges).toBe(1);
  });

  test("of a draft whose start is still to come schedules it", async () => {
    const id = campaignWithLeads({ scheduledStartAt: world.clock.now() + HOUR });
    expect((await say(id, "start")).body).toMatchObject({
      status: "scheduled",
      startedAt: null,
      statusReason: "starts at 2026-05-06T06:30:00.000Z",
    });
    expect(world.control.nudges).toBe(1);
  });

  test("of a draft whose start is past, or now, runs it", async () => {
    for (const scheduledStartAt of [world.clock.now() - HOUR, world.clock.now()]) {
      expect((await say(campaignWithLeads({ scheduledStartAt }), "start")).body.status).toBe("running");
    }
  });

  test("of a scheduled campaign runs it ahead of its time", async () => {
    const id = campaignWithLeads({ status: "scheduled", scheduledStartAt: world.clock.now() + HOUR });
    expect((await say(id, "start")).body).toMatchObject({ status: "running", startedAt: "2026-05-06T05:30:00.000Z", statusReason: null });
  });

  test("without a lead is 400", async () => {
    const id = campaignWithLeads({}, 0);
    expect(await say(id, "start")).toMatchObject({
      status: 400,
      body: { code: "validation_failed", error: `the campaign '${id}' has no leads; add at least one before it starts` },
    });
    expect((await read(id)).status).toBe("draft");
  });

  test("is 404 when what it names is gone", async () => {
    const gone: [sql: string, sentence: string][] = [
      ["DELETE FROM agent_versions", "has no version 1"],
      ["DELETE FROM agents", "there is no agent"],
      ["DELETE FROM phone_numbers", "there is no phone number"],
    ];
    for (const [sql, sentence] of gone) {
      world = createWorld();
      const id = campaignWithLeads();
      world.db.sqlite.run("PRAGMA foreign_keys = OFF");
      world.db.sqlite.run(sql);
      const answer = await say(id, "start");
      expect([answer.status, answer.body.code]).toEqual([404, "not_found"]);
      expect(answer.body.error).toContain(sentence);
    }
  });

  test("is 500 while no call can leave through the trunk; ?preflight=false starts all the same", async () => {
    const id = campaignWithLeads();
    world.control.trunkFault = "sip.example.com:5060 does not answer";
    expect(await say(id, "start")).toMatchObject({
      status: 500,
      body: { code: "sip_failure", error: "the campaign was not started: sip.example.com:5060 does not answer" },
    });
    expect((await read(id)).status).toBe("draft");
    expect((await world.request("POST", `/api/campaigns/${id}/start?preflight=false`)).body.status).toBe("running");
  });

  test("is 500 while the agent's bot cannot be reached; ?preflight=false starts all the same", async () => {
    const id = campaignWithLeads();
    world.control.botFault = "the bot of agent 'Anna' cannot be reached: bot.example:443 cannot be connected to: ECONNREFUSED";
    expect(await say(id, "start")).toMatchObject({
      status: 500,
      body: { code: "bot_unreachable", error: `the campaign was not started: ${world.control.botFault}` },
    });
    expect((await read(id)).status).toBe("draft");
    expect((await world.request("POST", `/api/campaigns/${id}/start?preflight=false`)).body.status).toBe("running");
  });

  test("refuses a preflight that is neither true nor false", async () => {
    const answer = await world.request("POST", `/api/campaigns/${campaignWithLeads()}/start?preflight=no`);
    expect([answer.status, answer.body.details[0].path]).toEqual([400, "preflight"]);
  });

  test("twice at the same time: one wins, the other is told", async () => {
    const id = campaignWithLeads();
    const answers = await Promise.all([say(id, "start"), say(id, "start")]);
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 409]);
  });

  test("asks the trunk of each number that it may call from", async () => {
    const other = insertLine(world, { from: "+14155550199" });
    const id = campaignWithLeads({ phoneNumberIds: JSON.stringify([other.phoneNumberId]) });
    const asked: string[] = [];
    world.control.checkTrunk = async (trunkId) => {
      asked.push(trunkId);
      return trunkId === other.trunkId ? "the second trunk does not answer" : undefined;
    };
    expect((await say(id, "start")).body).toMatchObject({
      code: "sip_failure",
      error: expect.stringContaining("the second trunk does not answer"),
    });
    expect([asked.length, asked.at(-1)]).toEqual([2, other.trunkId]);
    world.control.checkTrunk = async () => undefined;
    expect((await say(id, "start")).status).toBe(200);
  });

  test("goes ahead through a trunk that stands in for one that does not answer, unless that may call nobody or is down as well", async () => {
    const line = insertLine(world, { from: "+14155550198" });
    const standIn = insertLine(world, { from: "+14155550199" });
    const id = campaignWithLeads({ agentId: line.agentId, phoneNumberId: line.phoneNumberId });
    world.control.checkTrunk = async (trunkId) => (trunkId === standIn.trunkId ? undefined : "the trunk does not answer");
    const started = async () => (await say(id, "start")).body;
    expect(await started()).toMatchObject({ code: "sip_failure" });
    world.db.sqlite.run("UPDATE trunks SET fallback_trunk_id = ? WHERE id = ?", [standIn.trunkId, line.trunkId]);
    world.db.sqlite.run("UPDATE trunks SET fallback_trunk_id = ?, driver = 'sip' WHERE id = ?", [line.trunkId, standIn.trunkId]);
    expect(await started()).toMatchObject({ code: "sip_failure" });
    world.db.sqlite.run("UPDATE trunks SET driver = 'simulator' WHERE id = ?", [standIn.trunkId]);
    expect(await started()).toMatchObject({ status: "running" });
  });

  test("loses to a deletion that came while the trunk was asked", async () => {
    const id = campaignWithLeads();
    world.control.checkTrunk = async () => void (await world.request("DELETE", `/api/campaigns/${id}`));
    expect((await say(id, "start")).status).toBe(404);
  });
});

describe("pause and resume", () => {
  test("pausing keeps what was started, resuming goes on", async () => {
    const id = campaignWithLeads();
    await say(id, "start");
    expect((await say(id, "pause")).body).toMatchObject({
      status: "paused",
      statusReason: "paused by request",
      startedAt: "2026-05-06T05:30:00.000Z",
    });
    world.clock.advance(HOUR);
    expect((await say(id, "resume")).body).toMatchObject({ status: "running", statusReason: null, startedAt: "2026-05-06T05:30:00.000Z" });
  });

  test("both forget a reason that was written down before", async () => {
    const running = campaignWithLeads({ status: "running", statusReason: "the trunk is busy" });
    expect((await say(running, "pause")).body.statusReason).toBe("paused by request");
    const paused = campaignWithLeads({ status: "paused", statusReason: "no credits" });
    expect((await say(paused, "resume")).body.statusReason).toBeNull();
  });
});

describe("stop", () => {
  test("completes the campaign, says that a person did it, and leaves untried leads as they are", async () => {
    const id = campaignWithLeads({ status: "running" });
    expect((await say(id, "stop")).body).toMatchObject({
      status: "completed",
      statusReason: "stopped by request",
      completedAt: "2026-05-06T05:30:00.000Z",
      counts: { byStatus: { pending: 2 } },
    });
  });

  const inFlight: [body: unknown, hangUps: number][] = [
    [undefined, 0],
    [{}, 0],
    [{ inFlight: "finish" }, 0],
    [{ inFlight: "hangup" }, 1],
  ];
  for (const [body, hangUps] of inFlight) {
    test(`with the body ${JSON.stringify(body)} ${hangUps === 0 ? "lets the calls finish" : "ends the calls"}`, async () => {
      const id = campaignWithLeads({ status: "running" });
      expect((await say(id, "stop", body)).status).toBe(200);
      expect(world.control.hangUps).toEqual(hangUps === 0 ? [] : [{ campaignId: id }]);
    });
  }

  const bad: [body: unknown, path: string][] = [
    [{ inFlight: "kill" }, "inFlight"],
    [{ now: true }, "now"],
    [[], ""],
  ];
  for (const [body, path] of bad) {
    test(`refuses ${JSON.stringify(body)} and goes on`, async () => {
      const id = campaignWithLeads({ status: "running" });
      const answer = await say(id, "stop", body);
      expect([answer.status, answer.body.details[0].path]).toEqual([400, path]);
      expect((await read(id)).status).toBe("running");
    });
  }
});

describe("why a running campaign is not moving", () => {
  test("outside its window it stays running and names the next opening", async () => {
    const id = campaignWithLeads({ status: "running", schedule: { windowStart: "12:00" } });
    expect(await read(id)).toMatchObject({
      status: "running",
      statusReason: "outside the dialing window; opens at 2026-05-06T06:30:00.000Z",
    });
    world.clock.advance(HOUR);
    expect((await read(id)).statusReason).toBeNull();
  });

  test("with every lead in a retry it names the next one", async () => {
    const id = campaignWithLeads({ status: "running" });
    world.db.sqlite.query("UPDATE leads SET status = 'retry_wait', due_at = ?2 WHERE campaign_id = ?1").run(id, world.clock.now() + HOUR);
    expect((await read(id)).statusReason).toBe("waiting for retries; the next is due at 2026-05-06T06:30:00.000Z");
  });

  test("what the machine wrote down is shown", async () => {
    expect((await read(campaignWithLeads({ status: "running", statusReason: "the trunk does not answer" }))).statusReason).toBe(
      "the trunk does not answer",
    );
  });
});

describe("a deletion that a crash cut short", () => {
  test("is finished at the next start, and nobody sees the leads meanwhile", async () => {
    const kept = campaignWithLeads({}, 2);
    const id = campaignWithLeads({}, 1_100);
    world.db.sqlite.query("DELETE FROM campaigns WHERE id = ?1").run(id);
    expect((await world.request("GET", `/api/campaigns/${id}/leads`)).status).toBe(404);
    // A straggler of the machine finds nothing to keep count of, and does not fail.
    world.db.sqlite.query("UPDATE leads SET status = 'busy' WHERE campaign_id = ?1 AND phone_number = '+919800000000'").run(id);
    await purgeDeletedCampaigns(world.db);
    expect(world.db.sqlite.query("SELECT campaign_id AS id, count(*) AS n FROM leads GROUP BY 1").all()).toEqual([{ id: kept, n: 2 }]);
    expect(world.db.sqlite.query("SELECT DISTINCT campaign_id AS id FROM lead_counts").all()).toEqual([{ id: kept }]);
  });

  test("the request says 204 when the campaign is gone, even if its leads have to wait for that", async () => {
    const id = campaignWithLeads({}, 3);
    world.db.sqlite.run("CREATE TRIGGER broken BEFORE DELETE ON leads BEGIN SELECT RAISE(ABORT, 'disk trouble'); END");
    expect((await world.request("DELETE", `/api/campaigns/${id}`)).status).toBe(204);
    expect(world.logged.join()).toContain("campaign.purge_interrupted");
  });
});

describe("what a person does to a campaign is told to whoever wants it, in the same transaction", () => {
  const told = () =>
    world.db.sqlite
      .query<{ body: string; campaignId: string }, []>("SELECT body, campaign_id AS campaignId FROM deliveries ORDER BY sequence")
      .all()
      .map(({ body, campaignId }) => [
        JSON.parse(body).event,
        JSON.parse(body).campaign.status,
        JSON.parse(body).campaign.statusReason,
        campaignId,
      ]);
  const want = (events: string[] | null) => writeStoredWebhook(world.db, { url: "http://127.0.0.1:9/all", events, secrets: noSecrets });

  test("start, pause and stop are, what was refused or only planned is not", async () => {
    want(null);
    const id = campaignWithLeads();
    await say(id, "pause");
    await say(id, "start");
    await say(id, "start");
    await say(id, "pause");
    await say(id, "resume");
    await say(id, "stop");
    expect(told()).toEqual([
      ["campaign.started", "running", null, id],
      ["campaign.paused", "paused", null, id],
      ["campaign.completed", "completed", "stopped by request", id],
    ]);
    const planned = campaignWithLeads({ scheduledStartAt: world.clock.now() + HOUR });
    expect((await say(planned, "start")).body.status).toBe("scheduled");
    expect(told()).toHaveLength(3);
  });

  test("not when the settings leave it out, nor to the campaign's own URL", async () => {
    want(["campaign.paused"]);
    const id = campaignWithLeads({ webhookUrl: "http://127.0.0.1:9/own" });
    for (const verb of ["start", "pause", "stop"] as const) await say(id, verb);
    expect(told().map(([event]) => event)).toEqual(["campaign.paused"]);
    expect(world.db.sqlite.query("SELECT url FROM deliveries").all()).toEqual([{ url: "http://127.0.0.1:9/all" }]);
  });
});
