// A process of its own that runs the drills it is told of, one after another, and tells their records. Started by pool.ts.

import { breakages } from "./breakages.ts";
import { runDrill } from "./drill.ts";
import type { DrillAnswer, DrillOrder } from "./pool.ts";

async function carryOut({ seed, hours, without }: DrillOrder): Promise<DrillAnswer> {
  const breakage = breakages.find(({ name }) => name === without)?.breakage;
  try {
    return { record: await runDrill(seed, { hours, breakage }) };
  } catch (error) {
    return { thrown: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.on("message", async (order: DrillOrder) => process.send?.(await carryOut(order)));
process.on("disconnect", () => process.exit());
