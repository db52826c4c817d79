// The order in which the places of a service are tried (RFC 2782). Pure but for the draw, which comes as a parameter.

import type { Random } from "../../runtime/random.ts";

export interface SrvRecord {
  name: string;
  port: number;
  priority: number;
  weight: number;
}

/** Lowest priority first; within one, drawn by weight (RFC 2782). A lone "." means that there is no such service. */
export function orderSrv(records: readonly SrvRecord[], random: Random): SrvRecord[] {
  const real = records.filter(({ name }) => name !== "." && name !== "");
  const priorities = [...new Set(real.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    drawByWeight(
      real.filter((record) => record.priority === priority),
      random,
    ),
  );
}

function drawByWeight(records: readonly SrvRecord[], random: Random): SrvRecord[] {
  // Weightless ones stand first, so that they are drawn only when the number drawn is 0.
  let left = [...records].sort((a, b) => Number(a.weight > 0) - Number(b.weight > 0));
  const ordered: SrvRecord[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    const drawn = Math.floor(random.fraction() * (total + 1));
    let sum = 0;
    const chosen = left.find(({ weight }) => (sum += weight) >= drawn) ?? left[0];
    if (chosen === undefined) break;
    ordered.push(chosen);
    left = left.filter((record) => record !== chosen);
  }
  return ordered;
}
