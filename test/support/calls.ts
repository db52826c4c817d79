// The rooms of calls and agents over the machine itself: what a test asks for by HTTP is placed on its dialer.

import { agentRoutes } from "../../src/agents/routes.ts";
import { createOutcomeTokens, type OutcomeTokens } from "../../src/calls/outcome/token.ts";
import { callRoutes } from "../../src/calls/routes.ts";
import { createApi } from "../../src/http/api.ts";
import { type Role, roles } from "../../src/http/door/roles.ts";
import { createIds, type NewId } from "../../src/runtime/ids.ts";
import { createLog } from "../../src/runtime/log.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { nextTurn } from "../../src/runtime/turn.ts";
import { documentOf, expectConforms } from "./conformance.ts";
import { createTestMachine, type TestMachine, type TestMachineOptions } from "./machine.ts";

export interface CallsAnswer {
  status: number;
  json: any;
  headers: Headers;
}

export interface CallsWorld extends TestMachine {
  newId: NewId;
  tokens: OutcomeTokens;
  /** Set to have the API refuse what changes something. */
  draining: boolean;
  /** Asks as an admin unless told otherwise; another text is sent as the bearer, null sends none. A body that is a text is sent as it is. What falls due now happens meanwhile. */
  ask(method: string, path: string, body?: unknown, bearer?: Role | (string & {}) | null): Promise<CallsAnswer>;
  /** Places a single call to the number and gives its id. */
  place(to: string, more?: object): Promise<string>;
}

export function createCallsWorld(options: TestMachineOptions = {}): CallsWorld {
  const tokens = createOutcomeTokens("the secret of this test");
  const world = createTestMachine({ ...options, botAccess: (callId) => ({ outcomeToken: tokens.tokenFor(callId) }) });
  const { db, clock } = world;
  const newId = createIds(clock, seededRandom(9));
  const findKey = (key: string) => roles.filter((role) => role === key).map((role) => ({ keyId: `key_${role}`, role }))[0];
  const api = createApi({
    log: createLog("error", clock, (line) => console.error(line)),
    newId,
    isDraining: () => calls.draining,
    findCaller: (key, method, path) => tokens.callerFor(key, method, path) ?? findKey(key),
    routes: [
      agentRoutes({ db, clock, newId }),
      callRoutes({
        db,
        control: {
          nudge: () => world.machine.dispatcher.nudge(),
          placeCall: (wish) => world.machine.singles.place(wish),
          endCall: (callId) => world.machine.attempts.hangUpCall(callId, "ended_by_request"),
          transferCall: (callId, destination) => world.machine.attempts.transfer(callId, destination),
          report: (callId, report) => world.machine.report(callId, report),
        },
      }),
    ],
  });
  const calls: CallsWorld = Object.assign(world, {
    newId,
    tokens,
    draining: false,
    async ask(method: string, path: string, body?: unknown, bearer: string | null = "admin") {
      const headers = bearer === null ? undefined : { authorization: `Bearer ${bearer}` };
      const answering = api.handle(
        new Request(`http://localhost${path}`, {
          method,
          headers,
          body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
        }),
      );
      let response: Response | undefined;
      void answering.then((answer) => (response = answer));
      while (response === undefined) {
        await nextTurn();
        clock.settle();
      }
      const text = await response.text();
      const json = text === "" ? undefined : JSON.parse(text);
      expectConforms(documentOf(api), method, path, { status: response.status, body: json, headers: response.headers });
      return { status: response.status, json, headers: response.headers };
    },
    async place(to: string, more: object = {}) {
      const { agentId, phoneNumberId } = world.wish(to);
      const { status, json } = await calls.ask("POST", "/api/calls/outbound", { agentId, phoneNumberId, destination: to, ...more });
      if (status !== 201) throw new Error(`${status}: ${JSON.stringify(json)}`);
      return json.id as string;
    },
  });
  return calls;
}
