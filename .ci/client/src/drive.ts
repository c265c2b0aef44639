// Drives a bridge as a web meeting's control plane does, by the types that openapi-typescript makes of its document:
// from nothing to breakouts and back, following the events all the while.
import createClient from "openapi-fetch";
import type { components, paths } from "../generated/api.js";
import { equal, ok } from "./check.js";
import { type AnyEvent, follow, type Message } from "./stream.js";

const [base, key] = [process.env["API"] ?? "", process.env["KEY"] ?? ""];
const api = createClient<paths>({ baseUrl: base, headers: { Authorization: `Bearer ${key}` } });

type Participant = components["schemas"]["Participant"];

const meeting = await ok(api.POST("/v1/meetings", {
  params: { header: { "Idempotency-Key": "contract-1" } },
  body: { title: "Contract", options: { free_movement: true }, rooms: [{ name: "Red" }] },
}));
const path = { meeting: meeting.id };
const again = await ok(api.POST("/v1/meetings", {
  params: { header: { "Idempotency-Key": "contract-1" } },
  body: { title: "Contract", options: { free_movement: true }, rooms: [{ name: "Red" }] },
}));
equal(again.id, meeting.id, "the same Idempotency-Key");

const made = await ok(api.POST("/v1/meetings/{meeting}/rooms", { params: { path }, body: { count: 3 } }));
equal(made.items.length, 3, "rooms made");

const people: Participant[] = [];
for (const name of ["Ada", "Bob", "Cleo", "Dan"]) {
  people.push(await ok(api.POST("/v1/meetings/{meeting}/participants", {
    params: { path }, body: { name, role: name === "Ada" ? "speaker" : "audience", web: true },
  })));
}
const [ada, bob] = people as [Participant, Participant];

const started = await ok(api.POST("/v1/meetings/{meeting}/breakouts/start", {
  params: { path }, body: { distribution: "random", duration_s: 900 },
}));
equal(started.breakouts.state, "open", "state of the breakouts");
equal(started.outcomes.filter((o) => o.outcome === "moved").length, 3, "people moved");

const refused = await api.POST("/v1/meetings/{meeting}/breakouts/start", { params: { path } });
if (refused.error && "code" in refused.error) {
  const code: components["schemas"]["ProblemCode"] = refused.error.code;
  equal([refused.response.status, code], [409, "wrong_state"], "a second start");
} else {
  throw new Error("a second start was not refused");
}

const moved = await ok(api.POST("/v1/meetings/{meeting}/participants/{participant}/move", {
  params: { path: { ...path, participant: bob.id } }, body: { room: made.items[0]!.id },
}));
equal(moved.outcomes.map((o) => o.participant), [bob.id], "who was moved");

const help = await ok(api.POST("/v1/meetings/{meeting}/help-requests", { params: { path }, body: { participant: bob.id } }));
const waiting = await ok(api.GET("/v1/meetings/{meeting}/help-requests", { params: { path } }));
equal(waiting.items.map((h) => h.id), [help.id], "open calls for help");
const accepted = await ok(api.POST("/v1/meetings/{meeting}/help-requests/{request}/accept", {
  params: { path: { ...path, request: help.id } }, body: { by: ada.id },
}));
equal(accepted.outcome, "accepted", "the call for help");

const broadcast = await ok(api.POST("/v1/meetings/{meeting}/broadcasts", { params: { path }, body: { prompt: "five_minutes_left" } }));
const stopped = await ok(api.POST("/v1/meetings/{meeting}/breakouts/stop", { params: { path }, body: { countdown_s: 0 } }));
equal(stopped.breakouts.state, "idle", "state of the breakouts");

const present = await ok(api.GET("/v1/meetings/{meeting}/participants", { params: { path, query: { room: "main", present: true } } }));
equal(present.items.length, 4, "people in the main room");

const attendance = await ok(api.GET("/v1/meetings/{meeting}/attendance", { params: { path } }));
if (!attendance.items.some((a) => a.kind === "help" && a.participant === bob.id)) throw new Error("the attendance has no wait for help");
const csv = await ok(api.GET("/v1/meetings/{meeting}/attendance.csv", { params: { path }, parseAs: "text" }));
if (!csv.includes("Cleo")) throw new Error(`the attendance file has no Cleo: ${csv}`);

// What the events tell must be what the answers told.
const where = new Map<string, string>();
let delivered = false;
let state: "idle" | "open" | "closing" = "idle";

function apply(e: AnyEvent): void {
  switch (e.type) {
    case "breakouts.started":
    case "participants.moved":
    case "breakouts.stopped":
      if (e.type !== "participants.moved") state = e.type === "breakouts.started" ? "open" : "idle";
      for (const m of e.data.moves ?? []) where.set(m.participant, m.to.room ?? m.to.place);
      break;
    case "participants.added":
      for (const p of e.data.participants ?? []) where.set(p.id, p.location.room ?? p.location.place);
      break;
    case "breakouts.closing":
      state = "closing";
      break;
    case "broadcast.ended":
      delivered ||= e.data.id === broadcast.id;
      break;
  }
}

function eventOf(m: Message): AnyEvent {
  if (m.event === "snapshot" || m.event === "reset") throw new Error(`${m.event} in the middle of a stream`);
  const e = m.data as AnyEvent;
  equal(e.type, m.event as AnyEvent["type"], "the name of the message");
  return e;
}

const events = `${base}/v1/meetings/${meeting.id}/events`;
let [seq, last, half] = [0, "", ""];
for await (const message of follow(`${events}?from=start`, key)) {
  const e = eventOf(message);
  equal(e.seq, ++seq, "the sequence");
  apply(e);
  last = message.id;
  if (e.type === "breakouts.started") half = message.id;
  if (delivered && seq >= stopped.seq) break;
}
equal(state, "idle", "state by the events");
equal([...where.values()], ["main", "main", "main", "main"], "where people are by the events");

// Resumed in the middle: no gap and no double.
let next = Number(half.split(".").pop());
for await (const message of follow(events, key, half)) {
  equal(eventOf(message).seq, ++next, "the sequence after a resume");
  if (message.id === last) break;
}

// A snapshot, and what follows it.
let snapshot: components["schemas"]["Snapshot"] | undefined;
for await (const message of follow(`${events}?from=snapshot`, key)) {
  if (message.event === "snapshot") {
    snapshot = message.data as components["schemas"]["Snapshot"];
    equal(snapshot.participants.length, 4, "people in the snapshot");
    await ok(api.POST("/v1/meetings/{meeting}/lock", { params: { path } }));
    continue;
  }
  const e = eventOf(message);
  equal(e.seq, (snapshot?.seq ?? 0) + 1, "the sequence after the snapshot");
  if (e.type !== "meeting.locked" || !e.data.locked) throw new Error(`after the snapshot: ${JSON.stringify(e)}`);
  break;
}

console.log(`the generated client drove ${meeting.id}: ${seq} events, twice and in order`);
