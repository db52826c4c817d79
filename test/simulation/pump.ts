// Lets time pass in a drill, turn by turn, and requests be answered meanwhile.

import { nextTurn } from "../../src/runtime/turn.ts";
import type { Answer, Ask } from "./appliance.ts";
import type { Lives } from "./lives.ts";
import type { AskMortal } from "./operator.ts";
import type { Scene } from "./scene.ts";

export interface Pump {
  /** Until so much time has passed, or something was wrong; `betweenTurns` may ask for anything. */
  advance(ms: number, betweenTurns?: () => Promise<void>): Promise<void>;
  ask: AskMortal;
  /** Requests that were sent. */
  asked(): number;
}

/** Turns of the event loop without the clock moving, after which something must be spinning. */
const MOST_IDLE_TURNS = 2_000;
/** Turns that a request takes to be read, at least: nothing else happens meanwhile, so that a seed always gives the same. */
const TURNS_TO_READ = 4;
/** After which a request of a dead process is not waited for any more. */
const MOST_TURNS_DEAD = 40;

export function createPump(scene: Scene, lives: Lives, rooms: Ask): Pump {
  const { clock, troubles, note, report, problems } = scene;
  let asked = 0;

  /** The process goes on while a request is being answered. One that it died over may never be. */
  const untilAnswered = async (answering: Promise<Answer>): Promise<Answer | undefined> => {
    let answer: Answer | undefined;
    let isAnswered = false;
    answering.then(
      (found) => ([answer, isAnswered] = [found, true]),
      () => (isAnswered = true),
    );
    for (let turns = 0, turnsDead = 0; !isAnswered && turnsDead < MOST_TURNS_DEAD; turns += 1) {
      await nextTurn();
      if (isAnswered) break;
      if (!lives.life().isAlive) turnsDead += 1;
      else if (turns >= TURNS_TO_READ) await lives.turn(0);
    }
    return answer;
  };

  return {
    asked: () => asked,
    async advance(ms, betweenTurns) {
      const until = clock.monotonicMs() + ms;
      let idleTurns = 0;
      for (let last = clock.monotonicMs(); problems.length === 0; last = clock.monotonicMs()) {
        const hasMoved = await lives.turn(until - clock.monotonicMs());
        if (!hasMoved && lives.life().isAlive) break;
        await lives.revive();
        await betweenTurns?.();
        await lives.revive();
        idleTurns = clock.monotonicMs() === last ? idleTurns + 1 : 0;
        if (idleTurns > MOST_IDLE_TURNS) report("the machine spins: turn after turn without waiting for anything");
      }
      if (problems.length === 0) clock.advance(Math.max(0, until - clock.monotonicMs()));
    },
    async ask(method, path, body) {
      const life = lives.life();
      if (!life.isAlive) return undefined;
      asked += 1;
      const mayFail = troubles.mayFail();
      const answer = await untilAnswered(rooms(method, path, body));
      note(
        `${method} ${path} ${body === undefined ? "" : JSON.stringify(body).slice(0, 200)} → ${life.isAlive ? answer?.status : "no answer"}`,
      );
      if (!life.isAlive || answer === undefined) return undefined;
      const hasFailed = answer.status >= 500 && ["internal", "store_unavailable"].includes(answer.body?.code);
      if (hasFailed && !mayFail && !troubles.mayFail())
        report(`${method} ${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      return answer;
    },
  };
}
