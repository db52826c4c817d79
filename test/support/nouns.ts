// The whole API asked by role, with the edges of its rooms in the hands of the test. For the tests of a noun's routes.

import { expect } from "bun:test";
import type { DialTrunk } from "../../src/calls/dialer.ts";
import type { Db } from "../../src/database/open.ts";
import type { Role } from "../../src/http/door/roles.ts";
import type { TrunkDriver } from "../../src/trunks/options.ts";
import { createWholeApi } from "./whole-api.ts";
import { insertCampaignRow, type World } from "./world.ts";

/** What came back; `json` is undefined for an empty body. */
export interface Answer {
  status: number;
  json: any;
}

export interface Nouns extends Pick<World, "api" | "db" | "clock" | "newId" | "adminKey"> {
  /** The numbers whose ringing calls were ended, in order. */
  hungUp: string[];
  /** How often long work let the loop turn. */
  pauses: () => number;
  /** How often the machine was told to look again. */
  nudges: () => number;
  /** How often delivery was told that there may be something to send. */
  events: () => number;
  /** The key of a role, for requests that `ask` cannot make. */
  keyFor(role: Role): string;
  /** Asks as an admin unless told otherwise; null sends no key. */
  ask(method: string, path: string, body?: unknown, role?: Role | null): Promise<Answer>;
  /** A campaign that names the agent and the number. */
  addCampaign(words: { name: string; agentId: string; phoneNumberId: string }): string;
}

/** The edges that a test may replace. */
export interface NounEdges {
  drivers?: readonly TrunkDriver[];
  check?: (trunk: DialTrunk) => Promise<string | undefined>;
  checkTarget?: (url: string) => string | undefined;
  sendTest?: (url: string) => Promise<{ delivered: boolean; status: number | null; error: string | null; durationMs: number }>;
  /** Runs whenever long work lets the loop turn. */
  onPause?: (db: Db) => void;
  /** Runs whenever a ringing call to a number is ended. */
  onHangUp?: (db: Db, phoneNumber: string) => void;
}

export function createNouns({ onPause, onHangUp, ...edges }: NounEdges = {}): Nouns {
  const hungUp: string[] = [];
  let pauses = 0;
  let events = 0;
  const pause = async () => {
    pauses += 1;
    onPause?.(world.db);
  };
  const world = createWholeApi(undefined, { drivers: ["simulator"], pause, onEvent: () => void (events += 1), ...edges });
  const { api, db, clock, newId, adminKey, control } = world;
  control.hangUp = ({ phoneNumber = "", ringingOnly }) => {
    if (ringingOnly !== true) throw new Error("a listed number must spare the calls that were answered");
    hungUp.push(phoneNumber);
    onHangUp?.(db, phoneNumber);
  };
  const keys = new Map<Role | null, string | null>([
    [null, null],
    ["admin", adminKey],
  ]);
  const keyFor = (role: Role | null) => {
    const key = keys.get(role) ?? (role === null ? null : world.keyFor(role));
    keys.set(role, key);
    return key;
  };
  return {
    api,
    db,
    clock,
    newId,
    adminKey,
    hungUp,
    pauses: () => pauses,
    nudges: () => control.nudges,
    events: () => events,
    keyFor: (role) => keyFor(role) ?? "",
    async ask(method, path, body, role = "admin") {
      // As it stands in JSON, a text too.
      const { status, body: json } = await world.request(method, path, body === undefined ? undefined : JSON.stringify(body), {
        key: keyFor(role),
      });
      return { status, json };
    },
    addCampaign: ({ name, agentId, phoneNumberId }) => insertCampaignRow(world, { name, line: { agentId, phoneNumberId, trunkId: "" } }).id,
  };
}

/** A refusal has the status, the code and a sentence, and says nothing of the inside. */
export function expectRefusal(answer: Answer, status: number, code: string, sentence: RegExp): void {
  expect({ status: answer.status, code: answer.json?.code }).toEqual({ status, code });
  expect(answer.json.error).toMatch(sentence);
  expect(Object.keys(answer.json).filter((name) => !["error", "code", "details"].includes(name))).toEqual([]);
}
