// Whether the demo's numbers add up: what the API says against what the receiver got.

import { isFinal, LeadStatus, leadStatuses } from "../../leads/status.ts";
import type { Received } from "./receiver.ts";

/** A lead as the API lists it. */
export interface ListedLead {
  id: string;
  status: LeadStatus;
}

export interface Evidence {
  leads: readonly ListedLead[];
  byStatus: Readonly<Record<string, number>>;
  received: Received;
  /** Leads that the upload said it took. */
  inserted: number;
  /** Numbers among them that must not have been called. */
  notToCall: number;
}

/** What does not add up, a sentence each; empty when everything does. */
export function contradictions({ leads, byStatus, received, inserted, notToCall }: Evidence): string[] {
  const problems: string[] = [];
  const expect = (holds: boolean, sentence: string) => void (holds || problems.push(sentence));
  const notFinal = leads.filter((lead) => !isFinal(lead.status));
  expect(leads.length === inserted, `${inserted} leads were added, the list has ${leads.length}`);
  expect(notFinal.length === 0, `${notFinal.length} leads have no final status`);
  for (const status of leadStatuses) {
    const listed = leads.filter((lead) => lead.status === status).length;
    expect(listed === (byStatus[status] ?? 0), `the report counts ${byStatus[status] ?? 0} leads as ${status}, the list has ${listed}`);
  }
  const blocked = byStatus[LeadStatus.dncBlocked] ?? 0;
  expect(blocked === notToCall, `${notToCall} numbers were on the do-not-call list, ${blocked} leads were blocked`);
  expect(received.forged === 0, `${received.forged} webhooks had a signature that does not fit`);
  expect(received.events === leads.length, `${leads.length} leads are final, ${received.events} webhooks came`);
  const told = leads.filter((lead) => received.statusByLead.get(lead.id) === lead.status).length;
  expect(told === leads.length, `the webhooks told the status of ${told} leads, there are ${leads.length}`);
  return problems;
}
