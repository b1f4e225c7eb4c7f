/*
 * How long and how many, each with its reason. What the bridge tells (JOIN_SUCCESS) is not among them.
 */

/**
 * A handshake, and a JOIN: the gateway answers by itself after 29 s when nobody behind it does, so what has no answer by
 * now was lost on a bad way. A bridge that many come back to at once is slow, and each new socket makes it slower.
 */
export const ANSWER_LIMIT_MS = 40_000
/** A ping when the user is there and waits: a living connection answers within this. */
export const WAKE_PROBE_LIMIT_MS = 3000
/** A ping that nobody waits for; a function may start cold on the way. */
export const IDLE_PROBE_LIMIT_MS = 10_000
/**
 * 16 kbit/s, half of what a bad mobile network brings: so long may what was written stand in the way of a ping. `bufferedAmount`
 * does not tell, as the operating system takes a long text at once and has it for as long as the link needs.
 */
export const SLOWEST_BYTES_PER_MS = 2
/** An answer to LEAVE is a courtesy. */
export const LEAVE_LIMIT_MS = 3000
/** A listener that never returns, or a store that fails, does not keep anybody from closing. */
export const CLOSE_LIMIT_MS = 3000
/** Full jitter needs room to spread from the first retry on, and nobody waits longer than half a minute. */
export const FIRST_CEILING_MS = 500
export const LONGEST_CEILING_MS = 30_000
/** The first try after a cut is spread over this, until the first JOIN_SUCCESS tells. */
export const SPREAD_MS = 30_000
/** What the gateway says by itself comes without a time to wait. */
export const TROUBLE_MS = 1000
/** A refusal so soon after a new owner spoke is most likely about what was sent before that, when there was none. */
export const LATE_ANSWERS_MS = 5000
export const LATE_ANSWER_PAUSE_MS = 300
/** The bridge says when there is room for one frame; after this there is room for a batch. */
export const RATE_PAUSE_MS = 1000
/** From one roll to the next, until a second socket has come to be. */
export const ROLL_RETRY_MS = 60_000
/** Clients that came together do not roll together; only ever earlier than told, which is close to the gateway's limit. */
export const ROLL_JITTER = 0.045

/** Acknowledge after half of what the bridge keeps in its memory for a client, or so long. */
export const ACK_AFTER_ITEMS = 32
export const ACK_AFTER_MS = 60_000
/** An XMPP server acknowledges in a round trip; after this, doubled each time, something was lost or is slow. */
export const LATE_MS = 10_000
export const LATEST_MS = 60_000
/** A SYNC may get lost like everything else. */
export const SYNC_LIMIT_MS = 5000
/** A request: longer than a worker's own limit for an answer of the XMPP server, so that its reason comes first. */
export const REQUEST_LIMIT_MS = 30_000
/** `{"stream":…,"ack":…,"frames":[]}` with two long numbers. */
export const HEAD_BYTES = 72
/** What the wire allows for one message, as JSON, until the bridge has told its own limit. */
export const MAX_TEXT_BYTES = 65_536

/** A full disk or a locked database may pass; until then nothing is sent or acknowledged that is not kept. */
export const SAVE_RETRY_MS = 5000
/** Frames that wait for the network; more is a program that runs away. */
export const MAX_WAITING = 1000
/** Messages that are settled are kept, to show what became of them. */
export const MAX_SETTLED = 200
/** Keys of messages: twice what may be on its way at once and then some; nothing older comes twice but through the archive. */
export const SEEN_KEYS = 256
/** Turns of a store's holders: who has slept through so many others' has long been told of its end by the bridge. */
export const MARKS_KEPT = 100

/** A page of the archive, and when to retry one that could not be had. */
export const PAGE_ITEMS = 50
export const PAGE_RETRY_MS = 2000
/** Backwards, without a place to begin, no more than a thousand messages. */
export const MAX_PAGES_BACK = 20
/** Clocks of devices and servers differ; a message was not archived longer than this before it was written. */
export const CLOCK_SKEW_MS = 3_600_000
/** Who stopped typing without saying so (a phone in a pocket) stops after this. */
export const TYPING_MS = 10_000

/** Between tabs: short enough that a frozen leader is missed soon, long enough to cost nothing. */
export const TAB_PING_MS = 2500
/** So that not all tabs ask, or steal, in the same moment. */
export const TAB_PING_SPREAD_MS = 1000
/** Unanswered over at least 10 s: a tab that is only busy, or throttled in the background, answers before. */
export const TAB_PINGS_BEFORE_STEALING = 4
/** When to look whether a tab of another version still leads; it is asked all the time anyway. */
export const OTHER_VERSION_MS = 10_000
/** Messages whose repetition a tab notices: far more than one leader can have told without having kept that it did. */
export const TAB_KNOWN_MESSAGES = 1000
