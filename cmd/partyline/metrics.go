package main

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"partyline/control/webhook"
	"partyline/mixer"
)

// newMetrics answers /metrics. Everything is read from the parts' own counters when it is asked for.
func newMetrics(a *App) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), metrics{a})
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// metrics reads the parts' counters.
type metrics struct{ app *App }

// Describe announces nothing: the metrics depend on what has happened.
func (metrics) Describe(chan<- *prometheus.Desc) {}

// Collect reads all counters.
func (m metrics) Collect(out chan<- prometheus.Metric) {
	s := sink{out}
	m.signalling(s)
	m.media(s)
	m.quality(s)
	m.meetings(s)
	m.webhooks(s)
	m.speech(s)
}

func (m metrics) speech(s sink) {
	if m.app.speech == nil {
		return
	}
	c := m.app.speech.Stats()
	s.counter("partyline_speech_texts_total", "Texts that were to be spoken and were not in the cache, by what became of them.", c.Spoken, "outcome", "spoken")
	s.counter("partyline_speech_texts_total", "Texts that were to be spoken and were not in the cache, by what became of them.", c.Failed, "outcome", "failed")
	s.counter("partyline_speech_texts_total", "Texts that were to be spoken and were not in the cache, by what became of them.", c.Unspoken, "outcome", "no_engine")
	s.counter("partyline_speech_cache_total", "Texts looked up in the cache.", c.Hits, "result", "hit")
	s.counter("partyline_speech_cache_total", "Texts looked up in the cache.", c.Misses, "result", "miss")
	s.gauge("partyline_speech_cache_entries", "Texts in the cache.", float64(c.Entries))
	s.gauge("partyline_speech_cache_bytes", "Memory of the texts in the cache.", float64(c.Bytes))
	s.gauge("partyline_speech_waiting", "Texts being spoken, or waiting for that.", float64(c.Waiting))
	s.histogram("partyline_speech_first_sound_seconds", "Time until the beginning of a text could be heard that was not in the cache.", c.First.Bounds, c.First.Counts, c.First.Sum)
	for _, e := range c.Engines {
		ready := 0.0
		if e.Ready {
			ready = 1
		}
		s.gauge("partyline_speech_engine_ready", "1 if the engine is asked; 0: it has failed and is left alone for a while.", ready, "engine", e.Name)
		s.counter("partyline_speech_pieces_total", "Sentences and parts of them, by engine and by what became of them.", e.Spoken, "engine", e.Name, "outcome", "spoken")
		s.counter("partyline_speech_pieces_total", "Sentences and parts of them, by engine and by what became of them.", e.Failed, "engine", e.Name, "outcome", "failed")
	}
}

func (m metrics) webhooks(s sink) {
	count := map[webhook.State]int{webhook.Active: 0, webhook.Retrying: 0, webhook.Parked: 0}
	held := 0
	for _, e := range m.app.hooks.List() {
		count[e.Progress.State()]++
		held += len(e.Progress.Held)
	}
	s.gauge("partyline_webhook_meetings_held", "Meetings whose next event a webhook's receiver does not take, over all webhooks.", float64(held))
	for state, n := range count {
		s.gauge("partyline_webhooks", "Webhooks, by how they do.", float64(n), "state", string(state))
	}
}

func (m metrics) signalling(s sink) {
	sip := m.app.ua.Stats()
	s.gauge("partyline_calls", "Calls running now.", float64(sip.Calls))
	s.counter("partyline_sip_invites_total", "Initial INVITEs.", sip.Invites)
	s.counter("partyline_sip_answered_total", "Calls whose ACK came.", sip.Answered)
	s.counter("partyline_sip_dialed_total", "Calls out.", sip.Dialed)
	s.counter("partyline_sip_retransmits_total", "Retransmissions of 2xx.", sip.Retransmits)
	s.counter("partyline_sip_out_of_order_total", "Requests refused because a later one had been answered.", sip.OutOfOrder)
	s.counter("partyline_sip_stray_replies_total", "Replies that answer nothing.", sip.StrayReplies)
	s.counter("partyline_sip_session_refreshes_total", "Sessions that the bridge has refreshed (RFC 4028).", sip.Refreshes)
	s.counter("partyline_sip_key_copies_total", "Keys that had come by another way already.", sip.KeyCopies)
	for status, n := range sip.Refused {
		s.counter("partyline_sip_refused_total", "Requests refused, by status.", n, "status", strconv.Itoa(status))
	}
	for kind, n := range sip.Ended {
		s.counter("partyline_sip_ended_total", "Calls ended, by how.", n, "kind", string(kind))
	}
	_, traced := m.app.ua.TraceSize()
	s.counter("partyline_call_records_total", "Calls that have ended, by whether their record was written.", m.app.cdr.written.Load(), "outcome", "written")
	s.counter("partyline_call_records_total", "Calls that have ended, by whether their record was written.", m.app.cdr.failed.Load(), "outcome", "failed")
	s.gauge("partyline_trace_bytes", "Memory of the SIP messages that are kept of calls.", float64(traced))
	guard := m.app.ua.GuardStats()
	s.gauge("partyline_sip_connections", "Open SIP connections.", float64(guard.Connections))
	s.gauge("partyline_guard_banned_sources", "Sources that are banned now.", float64(guard.Banned))
	for reason, n := range guard.Counts {
		s.counter("partyline_guard_total", "SIP messages and events at the guard, by what became of them.", n, "reason", reason)
	}
}

func (m metrics) media(s sink) {
	c := m.app.engine.Counters()
	s.counter("partyline_mixer_ticks_total", "Mixer wake-ups, over all shards.", c.Ticks)
	s.counter("partyline_mixer_late_ticks_total", "Wake-ups that came late.", c.LateTicks)
	s.counter("partyline_mixer_skipped_ticks_total", "Frames given up after a stall.", c.SkippedTicks)
	s.histogram("partyline_mixer_tick_seconds", "Work of one wake-up.", c.TickSeconds.Bounds, c.TickSeconds.Counts, c.TickSeconds.Sum)
	s.counter("partyline_rtp_packets_total", "RTP packets.", c.PacketsIn, "direction", "in")
	s.counter("partyline_rtp_packets_total", "RTP packets.", c.PacketsOut, "direction", "out")
	s.counter("partyline_rtp_lost_total", "RTP packets that never came.", c.Lost)
	s.counter("partyline_rtp_concealed_frames_total", "Frames made up for lost ones.", c.Concealed)
	for reason, n := range c.Drops {
		s.counter("partyline_rtp_dropped_total", "Packets and events dropped, by reason.", n, "reason", reason)
	}
	s.gauge("partyline_rtp_port_pairs", "Pairs of RTP ports.", float64(c.Ports), "state", "all")
	s.gauge("partyline_rtp_port_pairs", "Pairs of RTP ports.", float64(c.PortsUsed), "state", "used")
	for i, load := range m.app.engine.Load() {
		shard := strconv.Itoa(i)
		s.gauge("partyline_shard_legs", "Legs of a shard.", float64(load.Legs), "shard", shard)
		s.gauge("partyline_shard_meetings", "Meetings of a shard.", float64(load.Meetings), "shard", shard)
		s.gauge("partyline_shard_tick_p95_seconds", "Work of one frame at the 95th percentile, over the last seconds.", load.TickP95.Seconds(), "shard", shard)
	}
}

func (m metrics) quality(s sink) {
	q := m.app.engine.Quality()
	for direction, w := range map[string]mixer.WayQuality{"in": q.In, "out": q.Out} {
		s.histogram("partyline_leg_mos", "Mean opinion score of calls by the E-model, each call every 2 s over its last 10 s; in: what callers say.", w.MOS.Bounds, w.MOS.Counts, w.MOS.Sum, "direction", direction)
		s.histogram("partyline_leg_loss_ratio", "Share of a call's packets that were not there in time, as often.", w.Loss.Bounds, w.Loss.Counts, w.Loss.Sum, "direction", direction)
		s.histogram("partyline_leg_jitter_seconds", "Interarrival jitter of a call, as often.", w.Jitter.Bounds, w.Jitter.Counts, w.Jitter.Sum, "direction", direction)
	}
	s.histogram("partyline_leg_concealed_ratio", "Share of a caller's frames that were made up, as often.", q.Concealed.Bounds, q.Concealed.Counts, q.Concealed.Sum)
	s.histogram("partyline_leg_round_trip_seconds", "Round trip to a caller that reports it, as often.", q.RoundTrip.Bounds, q.RoundTrip.Counts, q.RoundTrip.Sum)
	s.gauge("partyline_legs_poor", "Calls that sound badly: an E-model rating below 60 for 10 s.", float64(q.Poor))
	s.counter("partyline_leg_poor_total", "Times that a call began to sound badly.", q.WerePoor)
	c := m.app.engine.Counters()
	s.counter("partyline_rtcp_packets_total", "RTCP packets.", c.ReportsIn, "direction", "in")
	s.counter("partyline_rtcp_packets_total", "RTCP packets.", c.ReportsOut, "direction", "out")
}

func (m metrics) meetings(s sink) {
	c := m.app.registry.Stats()
	s.gauge("partyline_meetings", "Live meetings.", float64(c.Meetings))
	s.counter("partyline_store_appends_total", "Transactions of the event log.", c.Appends)
	s.counter("partyline_store_failures_total", "Transactions of the event log that failed.", c.Failures)
	s.counter("partyline_events_total", "Events logged.", c.Events)
	s.counter("partyline_placements_total", "Placements published to the mixer.", c.Placements)
	s.gauge("partyline_calls_out", "Calls out that are under way.", float64(c.CallsOut))
	for outcome, n := range c.CallsEnded {
		s.counter("partyline_calls_out_total", "Calls out that have ended, by outcome.", n, "outcome", string(outcome))
	}
	for reason, n := range c.CallsDenied {
		s.counter("partyline_calls_out_denied_total", "Calls out that were refused, by the rule or limit.", n, "reason", reason)
	}
	if m.app.cfg.Backup.Dir != "" {
		s.gauge("partyline_backup_time_seconds", "When the newest copy of the state directory was begun, in Unix time; 0: there is none.", float64(m.app.backups.last.Load()))
	}
	ready := 1.0
	if m.app.ready() != nil {
		ready = 0
	}
	s.gauge("partyline_ready", "1 if calls and commands are taken.", ready)
}

// sink makes metrics of plain values. Labels are pairs of name and value.
type sink struct{ out chan<- prometheus.Metric }

func (s sink) counter(name, help string, value uint64, labels ...string) {
	names, values := pairs(labels)
	s.out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), prometheus.CounterValue, float64(value), values...)
}

func (s sink) gauge(name, help string, value float64, labels ...string) {
	names, values := pairs(labels)
	s.out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), prometheus.GaugeValue, value, values...)
}

// histogram takes the number of values in each bucket; counts has one more than bounds.
func (s sink) histogram(name, help string, bounds []float64, counts []uint64, sum float64, labels ...string) {
	names, values := pairs(labels)
	var total uint64
	buckets := make(map[float64]uint64, len(bounds))
	for i, bound := range bounds {
		total += counts[i]
		buckets[bound] = total
	}
	total += counts[len(bounds)]
	s.out <- prometheus.MustNewConstHistogram(prometheus.NewDesc(name, help, names, nil), total, sum, buckets, values...)
}

func pairs(labels []string) (names, values []string) {
	for i := 0; i+1 < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	return names, values
}
